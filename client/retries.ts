import { errorOf, offline, type LibraryError } from './error';

/**
 * What may be different a moment later. Nothing was done (429, 503), or it may have been (502, 504, no answer): either way a
 * repeat is safe, as reads change nothing and writes have an idempotency key.
 */
const PASSING = new Set([0, 429, 502, 503, 504]);
export const isPassing = ({ status }: LibraryError): boolean => PASSING.has(status);

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** How long to wait before each try: longer each time, never less than `Retry-After`, and not all clients at once. */
export class Pauses {
  private next: number;

  /** @param first in milliseconds */
  constructor(private first = FIRST_PAUSE_MS) {
    this.next = first;
  }

  /** The try was a success: the next pause is short again, and `first` from now on where it is given. */
  reset(first = this.first): void {
    this.first = this.next = first;
  }

  /** In milliseconds. */
  after({ retryAfter = 0 }: LibraryError): number {
    const pause = this.next * (1 + Math.random() / 2);
    this.next = Math.max(this.first, Math.min(LONGEST_PAUSE_MS, 2 * this.next));
    return Math.max(pause, 1_000 * retryAfter);
  }
}

/** Resolves after so many milliseconds. @throws the signal's reason, as soon as it is aborted */
export function rest(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

export interface RetryOptions {
  /** How long a request is tried again, in milliseconds; 0: it is tried once. Default: 60 s. */
  readonly patience?: number;
  /** How long one try may take, in milliseconds. Default: 40 s; a write may wait 30 s for its outcome. */
  readonly timeout?: number;
}

/**
 * Sends requests, and sends one again that met a passing error, until `patience` is over.
 * @param send sends one try, of a request that it may use up
 * @returns an answer whose body is there: a connection that is cut amid the body counts as no answer
 * @throws {LibraryError} of code `offline`, where there was no answer
 */
export function withRetries(
  send: (request: Request) => Promise<Response>,
  { patience = 60_000, timeout = 40_000 }: RetryOptions,
): (request: Request) => Promise<Response> {
  const attempt = async (request: Request): Promise<Response | LibraryError> => {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
    try {
      const response = await send(new Request(request.clone(), { signal }));
      return response.body ? new Response(await response.arrayBuffer(), response) : response;
    } catch (error) {
      request.signal.throwIfAborted();
      return offline(error);
    }
  };
  return async (request) => {
    const end = performance.now() + patience;
    const pauses = new Pauses();
    for (;;) {
      const answer = await attempt(request);
      const failure = answer instanceof Response ? errorOf(answer, undefined) : answer;
      const pause = isPassing(failure) ? pauses.after(failure) : Infinity;
      if (performance.now() + pause > end) {
        if (answer instanceof Response) return answer;
        throw answer;
      }
      await rest(pause, request.signal);
    }
  };
}
