import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem, problems } from './problem';
import type { Caller } from './route';

/** The caller of everybody as long as no tokens are configured. */
export const ANONYMOUS: Caller = Object.freeze({ name: '', role: 'anonymous' });

/** Knows callers by their `Authorization` header. Undefined: the header is missing or its token is not known. */
export type Identify = (authorization: string | undefined) => Caller | undefined;

interface KnownToken {
  readonly digest: Buffer;
  readonly caller: Caller;
}

const digestOf = (token: string) => createHash('sha256').update(token).digest();

function parseToken(entry: string, index: number): KnownToken {
  const equals = entry.lastIndexOf('=');
  const token = entry.slice(0, Math.max(equals, 0)).trim();
  const [, role, name] = /^(staff|patron):(.+)$/.exec(entry.slice(equals + 1).trim()) ?? [];
  if (token === '' || role === undefined || name === undefined) {
    // The entry itself is a secret: only its place is named.
    throw new Error(`API_TOKENS: entry ${index + 1} has to be token=staff:name or token=patron:userId`);
  }
  return { digest: digestOf(token), caller: { role: role as 'staff' | 'patron', name } };
}

/**
 * Reads `API_TOKENS`: `token=staff:name` or `token=patron:userId`, separated by `;`.
 * Tokens are compared by their digests in constant time, so that answers do not tell how much of a guess was right.
 * @throws {Error} naming the entry that is wrong, not its content
 */
export function createIdentify(tokens: string): Identify {
  const entries = tokens.split(';').filter((entry) => entry.trim() !== '');
  const known = entries.map(parseToken);
  if (known.length === 0) throw new Error('API_TOKENS: names no token');
  return (authorization) => {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    let caller: Caller | undefined;
    for (const candidate of known) if (timingSafeEqual(candidate.digest, digest)) caller = candidate.caller;
    return caller;
  };
}

/** 401, with what kind of credentials are wanted (RFC 6750). */
export function unauthenticated(tokenGiven: boolean): Problem {
  const challenge = `Bearer realm="library"${tokenGiven ? ', error="invalid_token"' : ''}`;
  const detail = tokenGiven ? 'The token is not known.' : 'Send a token: "authorization: Bearer …".';
  return new Problem(problems.unauthenticated, detail, { headers: { 'www-authenticate': challenge } });
}

/** @throws {Problem} 403 for a patron: this is for staff (and for everybody where no tokens are configured) */
export function requireStaff({ role }: Caller): void {
  if (role === 'patron') throw Problem.forbidden('Only staff may do this.');
}

/**
 * @param user the user that the request acts for; null = for the library
 * @throws {Problem} 403 for a patron who acts for anybody but themselves
 */
export function requireSelf({ role, name }: Caller, user: string | null): void {
  if (role !== 'patron' || user === name) return;
  throw Problem.forbidden(`A patron may only act for themselves: userId has to be "${name}".`);
}
