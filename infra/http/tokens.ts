import { createHash, timingSafeEqual } from 'node:crypto';
import { bearerToken, unauthenticated, type Identify } from './auth';
import type { Caller } from './route';

export interface TokenOptions {
  /** The variable that the tokens come from, for error messages. */
  readonly variable: string;
  /** The caller that an entry's text after the token names; undefined where it is not well formed. */
  parseCaller(text: string): Caller | undefined;
  /** The form of an entry, for error messages. */
  readonly form: string;
}

interface KnownToken {
  readonly digest: Buffer;
  readonly caller: Caller;
}

export type Tokens = readonly KnownToken[];

/** A comma within the name of a caller is none: no other entry follows it. */
const BETWEEN_ENTRIES = /;|,(?=[^,;]+=[^,;=]+(?:[,;]|$))/;
const HASHED = 'sha256:';
const digestOf = (token: string) => createHash('sha256').update(token).digest();

function digestOfEntry(token: string): Buffer | undefined {
  if (!token.startsWith(HASHED))
    return bearerToken(`Bearer ${token}`) === token ? digestOf(token) : undefined;
  const hex = token.slice(HASHED.length);
  return /^[0-9a-f]{64}$/i.test(hex) ? Buffer.from(hex, 'hex') : undefined;
}

function parseEntry(
  entry: string,
  number: number,
  { parseCaller, variable, form }: TokenOptions,
): KnownToken {
  const equals = entry.lastIndexOf('=');
  const digest = digestOfEntry(entry.slice(0, Math.max(equals, 0)).trim());
  const caller = parseCaller(entry.slice(equals + 1).trim());
  if (digest && caller) return { digest, caller };
  // The entry itself is a secret: the message gives only its number.
  throw new Error(`${variable}: entry ${number} has to be ${form}`);
}

/**
 * Reads `token=caller` entries, separated by `;`, `,` or line ends. Instead of a token there may be its hash, `sha256:` and 64 hex digits.
 * Blank lines and lines that begin with `#` are ignored.
 * @throws {Error} with the number of the entry that is not well formed or a repetition, never its content; or where there is none
 */
export function parseTokens(text: string, options: TokenOptions): Tokens {
  const entries = text
    .split(/\r?\n/)
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(BETWEEN_ENTRIES))
    .filter((entry) => entry.trim() !== '');
  const known = entries.map((entry, index) => parseEntry(entry, index + 1, options));
  if (known.length === 0) throw new Error(`${options.variable}: names no token`);
  const seen = new Map<string, number>();
  known.forEach(({ digest }, index) => {
    const first = seen.get(digest.toString('hex'));
    if (first !== undefined)
      throw new Error(`${options.variable}: entry ${index + 1} has the same token as entry ${first}`);
    seen.set(digest.toString('hex'), index + 1);
  });
  return known;
}

/**
 * Identifies callers by bearer tokens. They are compared by their digests and in constant time, so that response times reveal
 * nothing about a guess.
 * @param tokens those that are valid now: asked for with each request
 */
export function identifyByToken(tokens: () => Tokens, realm: string): Identify {
  return (authorization) => {
    const token = bearerToken(authorization);
    const caller = token === undefined ? undefined : callerOf(token, tokens());
    return (
      caller ?? unauthenticated(realm, authorization === undefined ? undefined : 'The token is not known.')
    );
  };
}

function callerOf(token: string, known: Tokens): Caller | undefined {
  const digest = digestOf(token);
  let caller: Caller | undefined;
  for (const candidate of known) if (timingSafeEqual(candidate.digest, digest)) caller = candidate.caller;
  return caller;
}
