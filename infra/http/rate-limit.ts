import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { Problem, problems } from './problem';
import type { Caller } from './route';

/** Counts a request against its caller. @throws {Problem} 429 when there were too many */
export type Limiter = (request: Request, response: Response, caller: Caller | undefined) => Promise<void>;

/**
 * Whom a request counts for. Callers without a name are counted by address; the addresses of one IPv6 subnet count as one.
 * Behind a proxy that is trusted it is the address that the proxy names.
 */
export function callerKey(request: Request, caller: Caller | undefined): string {
  if (caller?.name) return `${caller.role}:${caller.name}`;
  return ipKeyGenerator(request.ip ?? request.socket.remoteAddress ?? 'unknown');
}

/**
 * Allows so many requests a second for each caller and process. A limit below one becomes one request in a longer time:
 * 0.2 is one request in five seconds.
 */
export function createLimiter(requestsPerSecond: number): Limiter {
  const keys = new WeakMap<Request, string>();
  const middleware: RequestHandler = rateLimit({
    windowMs: Math.round(1_000 * Math.max(1, 1 / requestsPerSecond)),
    limit: Math.max(1, Math.floor(requestsPerSecond)),
    standardHeaders: 'draft-8',
    identifier: 'caller',
    legacyHeaders: false,
    keyGenerator: (request) => keys.get(request) ?? '',
    handler: (_request, _response, next) =>
      next(
        new Problem(
          problems.tooManyRequests,
          `At most ${requestsPerSecond} requests a second: wait a little.`,
        ),
      ),
  });
  return (request, response, caller) => {
    keys.set(request, callerKey(request, caller));
    return new Promise((resolve, reject) => {
      const next = (error?: unknown) => (error ? reject(error as Error) : resolve());
      Promise.resolve(middleware(request, response, next)).catch(reject);
    });
  };
}
