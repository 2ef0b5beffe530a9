/** A logger cannot be used as it is set up: which setting, and what to do. */
export class LoggerSettingsError extends Error {
  readonly code = 'TURNWISE_LOGGER_SETTINGS';
  override readonly name = 'LoggerSettingsError';
  readonly logger: string;

  constructor(logger: string, problem: string) {
    super(`${logger}: ${problem}`);
    this.logger = logger;
  }
}

/** Records could not be delivered. */
export class DeliveryError extends Error {
  readonly code = 'TURNWISE_LOGGER_DELIVERY';
  override readonly name = 'DeliveryError';
  /** Trying again would not help: a key that is refused, a project that is not there. */
  readonly permanent: boolean;

  constructor(problem: string, permanent: boolean, options?: ErrorOptions) {
    super(problem, options);
    this.permanent = permanent;
  }
}
