import type { ServerResponse } from 'node:http';
import type { ZodObject, ZodType, z } from 'zod';

/** Who sends a request. Without authentication everybody is `anonymous` and may do all. */
export interface Caller {
  readonly name: string;
  /** `staff` may do all; a `patron` only acts as the user of that name. */
  readonly role: 'staff' | 'patron' | 'anonymous';
}

export interface RouteRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ResponseDoc {
  readonly description: string;
  readonly schema?: ZodType;
}

/**
 * One operation of the REST API. The same object routes, validates and documents: there is nothing to keep in step.
 * Paths are written as OpenAPI does (`/v1/books/{bookId}`).
 */
export interface Route<P extends ZodObject = ZodObject, Q extends ZodObject = ZodObject, B extends ZodType = ZodType> {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: P;
  readonly query: Q;
  /** Absent: the operation takes no body. */
  readonly body?: B;
  /** Request headers that mean something here, by name, with what they do. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Answers beside the problem documents that every operation can give. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  handle(request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply>;
}

/** An operation that answers with a stream (server-sent events) and writes the response itself. */
export interface StreamRoute<P extends ZodObject = ZodObject, Q extends ZodObject = ZodObject>
  extends Omit<Route<P, Q>, 'handle' | 'body' | 'method'> {
  readonly method: 'get';
  readonly mediaType: 'text/event-stream';
  stream(request: RouteRequest<z.output<P>, z.output<Q>, undefined>, response: ServerResponse): Promise<void>;
}
