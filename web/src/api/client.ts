import createClient, { type Middleware } from 'openapi-fetch';
import { currentSession } from './session';
import type { components, paths } from '../../../client/schema';

export type Schemas = components['schemas'];
export type Book = Schemas['Book'];
export type Reservation = Schemas['Reservation'];

/** A problem document of the API, or that it was not reached (status 0, code `offline`). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** In seconds; absent: the server did not say. */
    readonly retryAfter?: number,
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

const authorize: Middleware = {
  onRequest({ request }) {
    const { token } = currentSession();
    if (token) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  },
};

/** The REST API, typed by its OpenAPI document. Use it with `call`. */
export const api = createClient<paths>({ baseUrl: location.origin });
api.use(authorize);

interface Answer<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The body of the answer: `await call(api.GET('/v1/books/{bookId}', { params: … }))`.
 * @throws {ApiError} for every other answer, and where there was none
 */
export async function call<T>(answering: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await answering;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'offline', 'The library was not reached.');
  }
  const { data, error, response } = answer;
  if (response.ok) return data as T;
  const { code = 'internal-error', detail = '' } = (error ?? {}) as Partial<Schemas['Problem']>;
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  throw new ApiError(response.status, code, detail, ...(retryAfter === undefined ? [] : [retryAfter]));
}

/** The key of a write, so that a repeat of it is one event. */
export const idempotencyKey = (): string => crypto.randomUUID();
