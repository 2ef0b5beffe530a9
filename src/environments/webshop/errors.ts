/** The product files are missing, cannot be read, or are not what they should be. */
export class WebShopDataError extends Error {
  readonly code = 'TURNWISE_WEBSHOP_DATA';
  override readonly name = 'WebShopDataError';
  /** The file, with record and field where they are known. */
  readonly where: string;

  constructor(where: string, problem: string, options?: ErrorOptions) {
    super(`${where}: ${problem}`, options);
    this.where = where;
  }
}

/** There is no such goal, split, product or setting. */
export class WebShopError extends Error {
  readonly code = 'TURNWISE_WEBSHOP';
  override readonly name = 'WebShopError';
}
