import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Logger } from '../logger';
import { scopeOfStrangers, type Access } from './access';
import type { Identify } from './auth';
import type { Denials } from './denials';
import { allowOrigins } from './cors';
import { docsPages } from './docs';
import { createFallback, type Endpoint } from './fallback';
import { Signals } from './incoming';
import type { HttpMetrics } from './metrics';
import { openApiDocument, type ApiInfo } from './openapi';
import { admit, handlerOf, type Services } from './operation';
import type { OriginCheck } from './origin';
import type { Page } from './page';
import { problemPage } from './problem-page';
import type { ProblemKind } from './problem';
import { createLimiter } from './rate-limit';
import { sendError } from './respond';
import type { AnyRoute } from './route';
import { secureAnswer } from './security-headers';
import { StreamPlaces } from './stream-places';
import type { Tracing } from '../tracing/tracing';

export interface HttpAppOptions {
  /** Express tries them in this order: the most used first. */
  readonly routes: readonly AnyRoute[];
  readonly info: ApiInfo;
  readonly logger: Logger;
  readonly metrics?: HttpMetrics | undefined;
  /** Logs and counts what is denied. */
  readonly denials?: Denials | undefined;
  /** Health and the like (`opsPages`). */
  readonly pages?: readonly Page[];
  /** Who gets the pages that are not for everybody, by path. */
  readonly pageAccess?: Readonly<Record<string, Access>>;
  /** Kinds of problems beside those of HTTP, so that their `type` URLs are served too. */
  readonly problemKinds?: readonly ProblemKind[];
  /** Absent: every caller is anonymous. */
  readonly identify?: Identify | undefined;
  /** `RATE_LIMIT`, requests a second and caller; absent = unlimited. */
  readonly rateLimit?: number | undefined;
  /** `LIVE_STREAMS`, how many a caller may have open; absent = unlimited. */
  readonly liveStreams?: number | undefined;
  /** Absent: pages of any site may send any request. */
  readonly checkOrigin?: OriginCheck | undefined;
  /** Sites whose pages may read the answers (`CORS_ORIGINS`); absent: none. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Proxies whose word on who sends a request is taken (`TRUSTED_PROXIES`); absent: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Absent: requests are no spans. */
  readonly tracing?: Tracing | undefined;
  /** Aborted when the server shuts down: requests that wait are answered, streams end. */
  readonly shutdown?: AbortSignal | undefined;
}

const expressPath = (path: string) => path.replace(/\{(\w+)\}/g, ':$1');

function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  // Operations parse their own queries, strictly (see `parseQuery`).
  app.set('query parser', false);
  return app;
}

const endpointsOf = (routes: readonly AnyRoute[], pages: readonly Page[]): Endpoint[] => [
  ...routes,
  ...pages.map(({ path }) => ({ method: 'get', path })),
];

function mountPages(app: Express, pages: readonly Page[]): void {
  for (const page of pages) {
    app.get(expressPath(page.path), (request, response) => {
      secureAnswer(response);
      return page.respond(request, response, 'all');
    });
  }
}

/** The page, for those who may have it. */
function guarded(page: Page, access: Access | undefined, services: Services): Page {
  if (access === undefined || !services.identify) return page;
  return {
    ...page,
    async respond(request, response) {
      const forStrangers = scopeOfStrangers(access);
      if (request.headers.authorization === undefined && forStrangers !== 'none')
        return page.respond(request, response, forStrangers);
      const scope = await admit(request, response, access, services).then(
        (admitted) => admitted.scope,
        (error: unknown) => {
          // A probe whose token has expired, or cannot be checked at the moment, is a stranger.
          if (forStrangers !== 'none') return forStrangers;
          services.denials?.note(error, { method: 'get', path: page.path }, request.ip);
          throw error;
        },
      );
      return page.respond(request, response, scope);
    },
  };
}

interface End {
  readonly endpoints: readonly Endpoint[];
  readonly logger: Logger;
  readonly metrics?: HttpMetrics | undefined;
}

/** The handlers after all routes: 404, 405, OPTIONS, and errors from outside a route. */
function mountEnd(app: Express, { endpoints, logger, metrics }: End): void {
  const observe = metrics?.forRoute('any', '(none)');
  app.use(createFallback(endpoints));
  // Express recognises an error handler by its four parameters; `next` closes a connection whose answer has begun.
  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = sendError(response, error, logger);
    observe?.(status, 0);
  };
  app.use(onError);
}

/** An express app with pages alone, for a process without an API (`OPS_PORT`). */
export function createPagesApp(pages: readonly Page[], logger: Logger): Express {
  const app = bareApp();
  mountPages(app, pages);
  mountEnd(app, { endpoints: endpointsOf([], pages), logger });
  return app;
}

/**
 * An express app made of route objects: the same object routes, validates and documents an operation (`/openapi.json`,
 * `/docs`). Every error is an RFC 9457 document.
 */
export function createHttpApp(options: HttpAppOptions): Express {
  const { routes, logger, metrics, pageAccess = {} } = options;
  const services: Services = {
    logger,
    metrics,
    signals: new Signals(options.shutdown),
    denials: options.denials,
    identify: options.identify,
    checkOrigin: options.checkOrigin,
    tracing: options.tracing,
    limiter: options.rateLimit === undefined ? undefined : createLimiter(options.rateLimit),
    streamPlaces: options.liveStreams === undefined ? undefined : new StreamPlaces(options.liveStreams),
  };
  const ownPages = [...(options.pages ?? []), problemPage(options.problemKinds ?? [])];
  const secured = options.identify !== undefined;
  const document = openApiDocument({ info: options.info, routes, pages: ownPages, pageAccess, secured });
  const pages = [...ownPages, ...docsPages(document)].map((page) =>
    guarded(page, pageAccess[page.path], services),
  );

  const app = bareApp();
  if (options.trustedProxies) app.set('trust proxy', options.trustedProxies);
  if (options.corsOrigins) app.use(allowOrigins(options.corsOrigins));
  for (const route of routes) app[route.method](expressPath(route.path), handlerOf(route, services));
  mountPages(app, pages);
  mountEnd(app, { endpoints: endpointsOf(routes, pages), logger, metrics });
  return app;
}
