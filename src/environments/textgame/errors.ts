/** A domain, problem or grammar that cannot be read. */
export class GameTextError extends Error {
  readonly code = 'TURNWISE_GAME_TEXT';
  override readonly name = 'GameTextError';
  /** Which of the texts: `domain`, `problem`, `grammar`. */
  readonly part: string;
  /** Line of the text, from 1, where it is known. */
  readonly line: number | undefined;

  constructor(part: string, problem: string, line?: number) {
    super(`${part}${line === undefined ? '' : `, line ${line}`}: ${problem}`);
    this.part = part;
    this.line = line;
  }
}
