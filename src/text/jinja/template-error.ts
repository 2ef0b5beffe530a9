/** A template is malformed, asks for something that is not there, or raised an exception itself. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** What is wrong, without the place. */
  readonly problem: string;
  /** Line of the template, from 1; undefined where it is not of one line. */
  readonly line: number | undefined;

  constructor(problem: string, line?: number, options?: ErrorOptions) {
    super(line === undefined ? problem : `line ${line}: ${problem}`, options);
    this.problem = problem;
    this.line = line;
  }

  /** The same error at a line, where it had none. */
  at(line: number): TemplateError {
    return this.line === undefined ? new TemplateError(this.problem, line, { cause: this.cause }) : this;
  }
}
