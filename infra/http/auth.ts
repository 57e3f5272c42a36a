import { Problem, problems } from './problem';
import type { Caller } from './route';

/**
 * The caller that an `Authorization` header stands for; else the problem to answer: 401 where credentials are missing or not
 * valid, 503 where they cannot be checked at the moment. Never throws.
 */
export type Identify = (authorization: string | undefined) => Caller | Problem | Promise<Caller | Problem>;

/** The token of a header `Bearer …` (RFC 6750); undefined where it is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
}

/** 401, with the credentials that are expected (RFC 6750). @param wrong why those that were sent are not valid; absent: none were */
export function unauthenticated(realm: string, wrong?: string): Problem {
  const error = wrong === undefined ? '' : `, error="invalid_token", error_description="${wrong}"`;
  const detail = wrong ?? 'Send a token: "authorization: Bearer …".';
  const headers = { 'www-authenticate': `Bearer realm="${realm}"${error}` };
  return new Problem(problems.unauthenticated, detail, { headers });
}
