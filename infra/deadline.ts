/** The time of `withDeadline` is over. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
  }
}

/**
 * The result of work that may take so long. A timer that is no longer needed is cleared. Late work is not waited for, even
 * if it ignores its signal, and what becomes of it is ignored.
 * @param milliseconds how long the work may take
 * @param work is given a signal that is aborted, with the error below, when the time is over
 * @param abort the controller of that signal, for callers that may give up sooner: what it is aborted with is thrown
 * @throws {DeadlineError} when the time is over
 */
export async function withDeadline<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  abort = new AbortController(),
): Promise<T> {
  const { signal } = abort;
  const timer = setTimeout(() => abort.abort(new DeadlineError(milliseconds)), milliseconds);
  try {
    return await Promise.race([aborted(signal), work(signal)]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The result of work, or the reason for which the signal is aborted before. What becomes of the work then is ignored.
 * @throws the signal's reason
 */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return Promise.race([aborted(signal), work]);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
