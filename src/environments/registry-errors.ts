/** What can be wrong with the choice of an environment. */

/** There is no environment of that name. */
export class UnknownEnvironmentError extends Error {
  readonly code = 'TURNWISE_UNKNOWN_ENVIRONMENT';
  /** The name that was asked for. */
  readonly environment: string;
  /** The known name it resembles, where it resembles one. */
  readonly nearest: string | undefined;
  readonly known: readonly string[];

  constructor(environment: string, nearest: string | undefined, known: readonly string[]) {
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    super(`There is no environment called "${environment}".${hint} Environments: ${known.join(', ')}.`);
    this.name = 'UnknownEnvironmentError';
    this.environment = environment;
    this.nearest = nearest;
    this.known = known;
  }
}

/** An option of an environment is unknown, missing, or has a value it cannot have. */
export class EnvironmentOptionError extends Error {
  readonly code = 'TURNWISE_ENVIRONMENT_OPTION';
  readonly environment: string;
  readonly option: string;

  /** `problem` completes the sentence "The option … of the environment …". */
  constructor(environment: string, option: string, problem: string) {
    super(`The option "${option}" of the environment ${environment} ${problem}`);
    this.name = 'EnvironmentOptionError';
    this.environment = environment;
    this.option = option;
  }
}
