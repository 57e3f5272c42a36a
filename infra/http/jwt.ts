import { LRUCache } from 'lru-cache';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../logger';
import { bearerToken, unauthenticated, type Identify } from './auth';
import { Problem } from './problem';
import type { Caller } from './route';

export interface JwtOptions {
  /** The realm that a 401 names (RFC 6750). */
  readonly realm: string;
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  readonly logger: Logger;
  /** The caller that valid claims stand for; or why they stand for none. */
  callerOf(claims: JWTPayload): Caller | string;
  /** For how long a token that was found valid is known, and its signature not checked again, in milliseconds. */
  readonly knownFor?: number;
}

/** Signatures that only the issuer can make. One with a shared secret is none: the "secret" would be the public key. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** How much clocks may differ, in seconds. */
const LEEWAY = 10;
const RETRY_AFTER = 2;
/** A key that the issuer withdraws counts for so much longer; the keys themselves are read again every ten minutes. */
const KNOWN_FOR_MS = 60_000;
/** How many characters the tokens may have together that are known: some ten thousand of them. */
const KNOWN_LENGTH = 8_000_000;

/** Not the token's fault. */
const KEYS_AWAY = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

/**
 * Identifies callers by JSON Web Tokens (RFC 7519) of one issuer for one audience: signed with an asymmetric algorithm, with an end,
 * and valid now. Where the keys of the issuer are not known and cannot be read, nobody can tell: 503.
 *
 * Who comes once comes again, with the same token: to check a signature costs as much as all the rest of a request.
 */
export function identifyByJwt(options: JwtOptions): Identify {
  const { realm, issuer, audience, keys, logger, callerOf, knownFor = KNOWN_FOR_MS } = options;
  const known = new LRUCache<string, Caller & { readonly expires: number }>({
    maxSize: KNOWN_LENGTH,
    sizeCalculation: (_, token) => token.length,
    ttl: knownFor,
  });
  const rules = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: LEEWAY, requiredClaims: ['exp'] };
  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === undefined)
      return unauthenticated(realm, authorization === undefined ? undefined : 'This is no bearer token.');
    const before = known.get(token);
    if (before && Date.now() < before.expires) return before;
    try {
      const { payload } = await jwtVerify(token, keys, rules);
      const caller = callerOf(payload);
      if (typeof caller === 'string') return unauthenticated(realm, caller);
      const identified = { ...caller, expires: 1_000 * (payload.exp! + LEEWAY) };
      if (knownFor > 0) known.set(token, identified);
      return identified;
    } catch (error) {
      const reason = whyInvalid(error);
      if (reason !== undefined) return unauthenticated(realm, reason);
      logger.warn({ err: error }, 'a token cannot be checked: the keys of the issuer cannot be read');
      return Problem.unavailable('Tokens cannot be checked at the moment.', RETRY_AFTER);
    }
  };
}

/** Why the token is not valid, without its content; undefined where the error is not about the token. */
function whyInvalid(error: unknown): string | undefined {
  if (!(error instanceof errors.JOSEError) || KEYS_AWAY.has(error.code)) return undefined;
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const claim = /^[a-z]+$/.test(error.claim) ? error.claim : 'a claim';
    return error.reason === 'missing'
      ? `The token lacks ${claim}.`
      : `The token is not valid here: ${claim}.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that is not known.';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The algorithm of the signature is not accepted.';
  return 'The token is not valid.';
}
