import type { RequestHandler } from 'express';

const ALLOWED = {
  'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, last-event-id, prefer, traceparent',
  'access-control-max-age': '600',
};
/** Headers that the script of a page may read beside those that it always may. */
const EXPOSED = 'location, preference-applied, ratelimit, ratelimit-policy, retry-after, www-authenticate';

/**
 * Lets the pages of these origins send any request and read the answers, live events too. A page of another origin is not told that
 * it may: the browser keeps answers from it. Credentials of the browser are never asked for: callers send tokens.
 * @param origins as browsers write them: scheme, name and port, such as `https://desk.example.org`
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const known = new Set(origins);
  return ({ method, headers }, response, next) => {
    const { origin } = headers;
    response.setHeader('vary', 'origin');
    if (origin === undefined || !known.has(origin)) return next();
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', EXPOSED);
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return next();
    for (const [name, value] of Object.entries(ALLOWED)) response.setHeader(name, value);
    response.writeHead(204).end();
  };
}
