/** The kinds of errors that OpenAI's clients know. */
export type ApiErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'
  | 'server_error';

export interface ApiErrorFacts {
  /** HTTP status. */
  readonly status: number;
  readonly type?: ApiErrorType;
  /** The parameter that is wrong, as a path: `messages.0.content`. */
  readonly param?: string;
  /** What programs branch on: `context_length_exceeded`. */
  readonly reason?: string;
  /** Further response headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is not answered, as its sender is told. */
export class ApiError extends Error {
  readonly code = 'TURNWISE_API';
  override readonly name = 'ApiError';
  readonly facts: ApiErrorFacts;

  constructor(message: string, facts: ApiErrorFacts) {
    super(message);
    this.facts = facts;
  }

  /** The body of the response, in OpenAI's shape. */
  body(): object {
    const { type = 'invalid_request_error', param = null, reason = null } = this.facts;
    return { error: { message: this.message, type, param, code: reason } };
  }
}

/** What is wrong with a parameter. */
export function badParameter(param: string, message: string, reason = 'invalid_value'): ApiError {
  return new ApiError(message, { status: 400, param, reason });
}

/** Nobody waits for the answer any more. */
export function clientGone(): ApiError {
  return new ApiError('the client closed the connection.', { status: 499, reason: 'client_closed' });
}
