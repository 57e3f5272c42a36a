import { createHash, timingSafeEqual } from 'node:crypto';
import { Problem, problems } from './problem';
import type { Caller } from './route';

/** The caller of every request while no authentication is configured. */
export const ANONYMOUS: Caller = Object.freeze({ name: '', role: 'anonymous' });

/** The caller that an `Authorization` header stands for; else the 401 to answer: it is missing or its token is unknown. */
export type Identify = (authorization: string | undefined) => Caller | Problem;

export interface TokenOptions {
  /** The realm that a 401 names (RFC 6750). */
  readonly realm: string;
  /** The caller that an entry's text after the token names; undefined where it is not well formed. */
  parseCaller(text: string): Caller | undefined;
  /** The form of an entry, for the error message. */
  readonly form: string;
}

interface KnownToken {
  readonly digest: Buffer;
  readonly caller: Caller;
}

const digestOf = (token: string) => createHash('sha256').update(token).digest();

function parseToken(entry: string, index: number, { parseCaller, form }: TokenOptions): KnownToken {
  const equals = entry.lastIndexOf('=');
  const token = entry.slice(0, Math.max(equals, 0)).trim();
  const caller = parseCaller(entry.slice(equals + 1).trim());
  if (token === '' || caller === undefined) {
    // The entry itself is a secret: the message gives only its number.
    throw new Error(`API_TOKENS: entry ${index + 1} has to be ${form}`);
  }
  return { digest: digestOf(token), caller };
}

/**
 * Identifies callers by bearer tokens, read from `API_TOKENS`: `token=caller` entries, separated by `;`.
 *
 * Tokens are compared by their digests and in constant time, so that response times reveal nothing about a guess.
 * @throws {Error} with the number of the entry that is not well formed, never its content
 */
export function identifyByToken(tokens: string, options: TokenOptions): Identify {
  const entries = tokens.split(';').filter((entry) => entry.trim() !== '');
  const known = entries.map((entry, index) => parseToken(entry, index, options));
  if (known.length === 0) throw new Error('API_TOKENS: names no token');
  return (authorization) => {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    const caller = token === undefined ? undefined : callerOf(token, known);
    return caller ?? unauthenticated(options.realm, authorization !== undefined);
  };
}

function callerOf(token: string, known: readonly KnownToken[]): Caller | undefined {
  const digest = digestOf(token);
  let caller: Caller | undefined;
  for (const candidate of known) if (timingSafeEqual(candidate.digest, digest)) caller = candidate.caller;
  return caller;
}

/** 401, with the credentials that are expected (RFC 6750). */
function unauthenticated(realm: string, tokenGiven: boolean): Problem {
  const challenge = `Bearer realm="${realm}"${tokenGiven ? ', error="invalid_token"' : ''}`;
  const detail = tokenGiven ? 'The token is not known.' : 'Send a token: "authorization: Bearer …".';
  return new Problem(problems.unauthenticated, detail, { headers: { 'www-authenticate': challenge } });
}
