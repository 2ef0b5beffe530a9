import { DeliveryError } from './errors.ts';

/** After so long a request has failed. */
const PATIENCE_MS = 10_000;

/** Answers that may be other ones in a while: a timeout, a conflict, too much at once; and all from 500 on. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429]);

export interface JsonRequest {
  readonly url: string;
  /** Sent as JSON by POST; without one it is a GET. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Texts that must not be shown, wherever an answer has them. */
  readonly secrets?: readonly (string | undefined)[];
  readonly patienceMs?: number;
}

/**
 * Asks a server that speaks JSON.
 *
 * @throws DeliveryError with what the server said, or why it could not be asked
 */
export async function requestJson(request: JsonRequest): Promise<unknown> {
  const { url, body, headers, signal, patienceMs = PATIENCE_MS } = request;
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, patienceMs);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const where = new URL(url).origin;
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: controller.signal,
    });
    const text = await response.text();
    if (!response.ok) {
      const permanent = response.status < 500 && !PASSING.has(response.status);
      const said = withoutSecrets(text, request.secrets).replace(/\s+/g, ' ').trim().slice(0, 200);
      throw new DeliveryError(`${where} answered ${response.status}${said === '' ? '' : `: ${said}`}`, permanent);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new DeliveryError(`${where} answered with something that is not JSON`, false);
    }
  } catch (error) {
    if (error instanceof DeliveryError) throw error;
    if (late) throw new DeliveryError(`${where} gave no answer within ${patienceMs / 1000} s`, false);
    if (signal.aborted) throw new DeliveryError(`${where} gave no answer in time`, false);
    throw new DeliveryError(`${where} cannot be reached (${reason(error)})`, false);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function withoutSecrets(text: string, secrets: JsonRequest['secrets'] = []): string {
  return secrets.reduce<string>((t, secret) => (secret ? t.replaceAll(secret, '***') : t), text);
}

/** Why a connection failed; fetch says it of its cause. */
function reason(error: unknown): string {
  const { cause, message } = error as Error;
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error ? cause.message : message);
}
