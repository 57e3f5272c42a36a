import type { components } from './schema';

type Problem = components['schemas']['Problem'];

interface ErrorOptions {
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** An answer that is an error (a problem document, RFC 9457), or that there was none: status 0, code `offline`. */
export class LibraryError extends Error {
  override readonly name = 'LibraryError';
  readonly status: number;
  /** What programs go by, such as `already-reserved`: it does not change. */
  readonly code: string;
  /** For people. */
  readonly detail: string;
  /** The fields that are wrong. */
  readonly errors: NonNullable<Problem['errors']>;
  /** After how many seconds it may be tried again; absent: the server did not say. */
  readonly retryAfter?: number;

  constructor(
    problem: Pick<Problem, 'status' | 'code' | 'detail' | 'errors'>,
    { retryAfter, cause }: ErrorOptions = {},
  ) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`, { cause });
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** @param problem the body; whatever stands between may have sent something else than a problem document */
export function errorOf(response: Response, problem: unknown): LibraryError {
  const {
    code = 'unexpected-answer',
    detail = response.statusText,
    errors,
  } = (problem ?? {}) as Partial<Problem>;
  const retryAfter = secondsOf(response);
  return new LibraryError(
    { status: response.status, code, detail, ...(errors && { errors }) },
    { retryAfter },
  );
}

export const offline = (cause: unknown): LibraryError =>
  new LibraryError({ status: 0, code: 'offline', detail: 'The library was not reached.' }, { cause });

/** `Retry-After`, in seconds: a number or a date. */
function secondsOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
