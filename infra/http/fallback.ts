import type { RequestHandler } from 'express';
import { Problem, problems } from './problem';
import { SECURITY_HEADERS } from './security-headers';

/** An operation or a page that the server has: its path as OpenAPI writes it, its method in lower case. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
}

interface KnownPath {
  readonly pattern: RegExp;
  readonly allow: string;
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map(escape);
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

function knownPaths(endpoints: readonly Endpoint[]): KnownPath[] {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of endpoints) {
    const known = methods.get(path) ?? new Set(['OPTIONS']);
    known.add(method.toUpperCase());
    if (method === 'get') known.add('HEAD');
    methods.set(path, known);
  }
  return [...methods].map(([path, known]) => ({
    pattern: patternOf(path),
    allow: [...known].sort().join(', '),
  }));
}

/**
 * Answers requests without a route: 204 with `Allow` for OPTIONS, 405 where only the method is wrong, else 404.
 * Requests that have a route do not reach it, so that the search costs them nothing.
 */
export function createFallback(endpoints: readonly Endpoint[]): RequestHandler {
  const paths = knownPaths(endpoints);
  return (request, response) => {
    const allow = paths.find(({ pattern }) => pattern.test(request.path))?.allow;
    if (request.method === 'OPTIONS' && (allow !== undefined || request.url === '*')) {
      response.writeHead(204, { ...SECURITY_HEADERS, ...(allow !== undefined && { allow }) }).end();
    } else if (allow !== undefined) {
      const detail = `This resource answers to ${allow}.`;
      throw new Problem(problems.methodNotAllowed, detail, { headers: { allow } });
    } else {
      throw Problem.notFound('No operation has this path. See /docs.');
    }
  };
}
