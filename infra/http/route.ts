import type { ServerResponse } from 'node:http';
import type { ZodObject, ZodType, z } from 'zod';
import type { Access, Scope } from './access';

/** Who sends a request. Without authentication every caller is `ANONYMOUS`. */
export interface Caller {
  readonly name: string;
  /** What the caller may do depends on it (`Access`). */
  readonly role: string;
  /** When the credentials end, in milliseconds since the epoch; absent: they do not. A stream ends with them. */
  readonly expires?: number;
}

export interface RouteRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  /** What the caller gets. `own` and `masked` are for the operation to see to. */
  readonly scope: Exclude<Scope, 'none'>;
  /** A request header by its lower-case name. A header that was sent several times is joined with `, `. */
  header(name: string): string | undefined;
  /** Aborted when the client has disconnected or the server is shutting down: stop waiting and answer at once. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON; absent: no body. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ResponseDoc {
  readonly description: string;
  readonly schema?: ZodType;
  readonly example?: unknown;
  /** The response headers that matter here, by name, with their meaning. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request header that has to be of a form, as JSON Schema says it. */
export interface RequestHeaderDoc {
  readonly description: string;
  readonly pattern: string;
}

/** What describes an operation, whether it answers with a body or a stream. */
export interface Operation<P extends ZodObject = ZodObject, Q extends ZodObject = ZodObject> {
  /** As OpenAPI writes it: `/v1/things/{thingId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Who gets what of it. */
  readonly access: Access;
  readonly params: P;
  /** Parameters that are not named here, or are sent twice, are a 400. */
  readonly query: Q;
  /** The request headers that matter here, by name, with their effect. */
  readonly requestHeaders?: Readonly<Record<string, string | RequestHeaderDoc>>;
  /** Answers beside the problem documents. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  /** Statuses of problem documents beside those of every operation (400, 401, 403, 406, 429, 500 …). */
  readonly problems?: readonly number[];
}

/**
 * One operation of the REST API. The same object routes, validates and documents, so these cannot contradict each other.
 * `handle` returns the answer or throws a `Problem`; any other error is a 500.
 */
export interface Route<
  P extends ZodObject = ZodObject,
  Q extends ZodObject = ZodObject,
  B extends ZodType = ZodType,
> extends Operation<P, Q> {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** Absent: the operation takes no body. */
  readonly body?: B;
  /** An example of a body, for the documentation. */
  readonly bodyExample?: unknown;
  handle(request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply>;
}

/** An operation that answers with a stream (server-sent events) and writes the response itself, status included. */
export interface StreamRoute<
  P extends ZodObject = ZodObject,
  Q extends ZodObject = ZodObject,
> extends Operation<P, Q> {
  readonly method: 'get';
  readonly mediaType: 'text/event-stream';
  /** Resolves when the stream is over. A `Problem` thrown before the status was written is answered as one. */
  stream(request: RouteRequest<z.output<P>, z.output<Q>, undefined>, response: ServerResponse): Promise<void>;
}

export type AnyRoute = Route | StreamRoute;

/** Checks a route's types against its own schemas and then erases them, so that routes fit into one list. */
export function defineRoute<P extends ZodObject, Q extends ZodObject, B extends ZodType>(
  route: Route<P, Q, B>,
): Route {
  return route as unknown as Route;
}

/** As `defineRoute`, for streams. */
export function defineStreamRoute<P extends ZodObject, Q extends ZodObject>(
  route: StreamRoute<P, Q>,
): StreamRoute {
  return route as unknown as StreamRoute;
}
