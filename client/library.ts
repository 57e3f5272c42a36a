import createClient, {
  type Client,
  type ClientPathsWithMethod,
  type MaybeOptionalInit,
  type MethodResponse,
} from 'openapi-fetch';
import { errorOf } from './error';
import { followEvents, type EventsOptions, type LibraryEvent } from './events';
import { withRetries, type RetryOptions } from './retries';
import type { components, paths } from './schema';

export { LibraryError } from './error';
export type { EventsOptions, LibraryEvent } from './events';

export type Schemas = components['schemas'];

export interface LibraryOptions extends RetryOptions {
  /** Such as `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  /** The bearer token; a function is asked before each try. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

type Method = 'get' | 'put' | 'post' | 'delete';
type Init<P extends keyof paths, M extends Method> = MaybeOptionalInit<paths[P], M>;

/**
 * Sends a request, and resolves with the body of the answer.
 * @throws {LibraryError} for every answer that is an error, and where there is none
 */
type Call<M extends Method> = <P extends ClientPathsWithMethod<Client<paths>, M>>(
  path: P,
  ...init: undefined extends Init<P, M> ? [Init<P, M>?] : [Init<P, M>]
) => Promise<MethodResponse<Client<paths>, M, P>>;

/** A reservation, or the receipt of one. */
type Receipt = Pick<Schemas['Reservation'], 'bookId' | 'position'> & {
  readonly reservationId?: string | null;
};

/** The REST API of a library. */
export interface Library {
  readonly get: Call<'get'>;
  readonly put: Call<'put'>;
  readonly post: Call<'post'>;
  readonly delete: Call<'delete'>;
  /** The reservation as it came out: it waits until the view holds the event of the receipt, for as long as `patience` lasts. */
  outcome(receipt: Receipt, signal?: AbortSignal): Promise<Schemas['Reservation']>;
  /** Live events: see `followEvents`. */
  events(options?: EventsOptions): AsyncGenerator<LibraryEvent, void>;
}

/**
 * A client of the API. Each write has an `Idempotency-Key` of its own unless it is given one, so that it is recorded once, however
 * often it is sent. What may pass (429, 502, 503, 504, no answer) is tried again, never before `Retry-After`.
 */
export function createLibrary({
  baseUrl,
  token,
  fetch = globalThis.fetch,
  ...retries
}: LibraryOptions): Library {
  const send = async (request: Request) => {
    const bearer = typeof token === 'function' ? await token() : token;
    if (bearer) request.headers.set('authorization', `Bearer ${bearer}`);
    return fetch(request);
  };
  const client = createClient<paths>({ baseUrl, fetch: withRetries(send, retries) });
  client.use({
    onRequest({ request }) {
      if (request.method !== 'GET' && !request.headers.has('idempotency-key'))
        request.headers.set('idempotency-key', crypto.randomUUID());
      return request;
    },
  });
  const call = <M extends Method>(method: M) =>
    (async (path: never, init?: never) => {
      const { data, error, response } = await client.request(method as 'get', path, init as never);
      if (!response.ok) throw errorOf(response, error);
      return data;
    }) as unknown as Call<M>;
  const get = call('get');
  return {
    ...{ get, put: call('put'), post: call('post'), delete: call('delete') },
    async outcome({ bookId, reservationId, position }, signal) {
      if (!reservationId) throw new TypeError('The receipt is of no reservation.');
      return get('/v1/books/{bookId}/reservations/{reservationId}', {
        params: { path: { bookId, reservationId }, query: { after: position } },
        ...(signal && { signal }),
      });
    },
    events(options = {}) {
      const { bookId, userId } = options;
      const query = new URLSearchParams({ ...(bookId && { bookId }), ...(userId && { userId }) });
      const url = `${baseUrl.replace(/\/$/, '')}/v1/events?${query}`;
      return followEvents((headers, signal) => send(new Request(url, { headers, signal })), options);
    },
  };
}
