import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../logger';
import { TRACEPARENT, traceField, traceparentOf } from '../trace-context';
import { accepts, acceptsJson } from './accept';
import { ANONYMOUS, isOpen, scopeOf, type Access } from './access';
import type { Identify } from './auth';
import type { Denials } from './denials';
import { readJson, refuseBody } from './body';
import { Incoming, type Signals } from './incoming';
import type { HttpMetrics } from './metrics';
import type { OriginCheck } from './origin';
import { Problem, problems } from './problem';
import { parseQuery } from './query';
import type { Limiter } from './rate-limit';
import type { StreamPlaces } from './stream-places';
import { sendError, sendReply } from './respond';
import type { AnyRoute, Caller, RouteRequest } from './route';
import type { Span, Tracing } from '../tracing/tracing';
import { SECURITY_HEADERS } from './security-headers';
import { validate } from './validate';

/** What all operations share. Absent = not configured. */
export interface Services {
  readonly logger: Logger;
  readonly signals: Signals;
  readonly metrics?: HttpMetrics | undefined;
  readonly denials?: Denials | undefined;
  readonly identify?: Identify | undefined;
  readonly limiter?: Limiter | undefined;
  readonly streamPlaces?: StreamPlaces | undefined;
  readonly checkOrigin?: OriginCheck | undefined;
  readonly tracing?: Tracing | undefined;
}

type Admitted = Pick<RouteRequest<unknown, unknown, unknown>, 'caller' | 'scope'>;

type Gate = Pick<Services, 'identify' | 'limiter'>;

async function callerOf(request: Request, response: Response, services: Gate): Promise<Caller> {
  const { identify, limiter } = services;
  const caller = identify ? await identify(request.headers.authorization) : ANONYMOUS;
  const unknown = caller instanceof Problem;
  // Requests with wrong tokens count too, by address: guessing must not escape the limit.
  if (limiter) await limiter(request, response, unknown ? undefined : caller);
  if (unknown) throw caller;
  return caller;
}

/**
 * Who sends the request, and what they get of the operation.
 * @throws {Problem} 401, 403, 429, or 503 where credentials cannot be checked
 */
export async function admit(
  request: Request,
  response: Response,
  access: Access,
  services: Gate,
): Promise<Admitted> {
  const caller = await callerOf(request, response, services);
  const scope = scopeOf(caller, access);
  if (scope === 'none') throw Problem.forbidden(`This is not for the role ${caller.role}.`, caller);
  return { caller, scope };
}

const STREAM_HEADERS = { 'cache-control': 'no-store', ...SECURITY_HEADERS };

const EVERYBODY: Admitted = { caller: ANONYMOUS, scope: 'all' };

function checkAccept(route: AnyRoute, accept: string | undefined): void {
  const mediaType = 'stream' in route ? route.mediaType : 'application/json';
  const fine = 'stream' in route ? accepts(accept, mediaType) : acceptsJson(accept);
  if (!fine)
    throw new Problem(problems.notAcceptable, `The answer is ${mediaType}, which "accept" excludes.`);
}

async function bodyOf(route: AnyRoute, request: Request): Promise<unknown> {
  if (route.method === 'get') return undefined;
  if (!route.body) return refuseBody(request);
  return validate(route.body, await readJson(request));
}

type Run = (request: Request, response: Response) => Promise<number>;

/** Checks a request from the outside in (caller, headers, content), handles it and answers. Resolves with the status. */
function runnerOf(route: AnyRoute, services: Services): Run {
  const open = (!services.identify || isOpen(route.access)) && !services.limiter;
  // A misspelt parameter that is ignored would look as if it had been followed.
  const queryOf = route.query.strict();
  return async (request, response) => {
    services.checkOrigin?.(request);
    const admitted = open ? EVERYBODY : await admit(request, response, route.access, services);
    checkAccept(route, request.headers.accept);
    const params = validate(route.params, request.params);
    const query = validate(queryOf, parseQuery(request.url));
    const body = await bodyOf(route, request);
    const incoming = new Incoming(params, query, body, admitted, request, response, services.signals);
    if ('stream' in route) {
      if (request.method === 'HEAD') {
        response.writeHead(200, { ...STREAM_HEADERS, 'content-type': route.mediaType }).end();
        return response.statusCode;
      }
      const leave = services.streamPlaces?.take(request, admitted.caller);
      try {
        await route.stream(incoming as Incoming<typeof params, typeof query, undefined>, response);
      } finally {
        leave?.();
      }
      return response.statusCode;
    }
    const reply = await route.handle(incoming);
    sendReply(response, reply);
    return reply.status;
  };
}

/** The express handler of a route. It answers every request itself, errors included: it never calls `next`. */
export function handlerOf(route: AnyRoute, services: Services): RequestHandler {
  const run = runnerOf(route, services);
  const observe = services.metrics?.forRoute(route.method.toUpperCase(), route.path);
  const trace = 'stream' in route ? undefined : tracerOf(route, services.tracing);
  return (request, response) => {
    const started = performance.now();
    const span = trace?.(request);
    return run(request, response)
      .catch((error: unknown) => {
        services.denials?.note(error, route, request.ip);
        return sendError(response, error, services.logger, traceField(traceparentIn(request)));
      })
      .then((status) => {
        observe?.(status, (performance.now() - started) / 1_000);
        span?.end(
          { 'http.response.status_code': status },
          status >= 500 ? new Error(`${status}`) : undefined,
        );
      });
  };
}

function traceparentIn({ headers }: Request): string | undefined {
  return traceparentOf(headers[TRACEPARENT] as string | undefined);
}

/** Begins the span of a request. From there on the request belongs to it: whoever reads its `traceparent` gets that of the span. */
function tracerOf({ method, path }: AnyRoute, tracing: Tracing | undefined) {
  if (!tracing) return undefined;
  const name = `${method.toUpperCase()} ${path}`;
  const attributes = { 'http.request.method': method.toUpperCase(), 'http.route': path };
  return (request: Request): Span => {
    const span = tracing.span(name, { kind: 'server', parent: traceparentIn(request), attributes });
    request.headers[TRACEPARENT] = span.traceparent;
    return span;
  };
}
