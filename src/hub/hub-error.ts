export type HubErrorCode =
  /** Neither a folder, nor a model that the hub has. */
  | 'TURNWISE_HUB_NOT_FOUND'
  /** The hub wants a token, an accepted licence, or both. */
  | 'TURNWISE_HUB_ACCESS'
  /** No connection, or one that broke down more often than it was tried again. */
  | 'TURNWISE_HUB_UNREACHABLE'
  /** Something is missing, and HF_HUB_OFFLINE forbids to ask for it. */
  | 'TURNWISE_HUB_OFFLINE'
  /** A model that cannot be loaded here, seen from its list of files. */
  | 'TURNWISE_HUB_UNSUITABLE'
  /** An answer that a hub does not give. */
  | 'TURNWISE_HUB_ANSWER'
  /** The bytes that came are not those that were announced. */
  | 'TURNWISE_HUB_CHECKSUM'
  | 'TURNWISE_HUB_NO_SPACE';

/** A model could not be had from the hub. */
export class HubError extends Error {
  override readonly name: string = 'HubError';
  readonly code: HubErrorCode;
  /** What was asked for. */
  readonly model: string;

  constructor(code: HubErrorCode, model: string, problem: string, options?: ErrorOptions) {
    super(`${model}: ${problem}`, options);
    this.code = code;
    this.model = model;
  }
}
