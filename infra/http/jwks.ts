import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../logger';

export interface JwksOptions {
  readonly url: string;
  readonly logger: Logger;
  /** How old the keys may get before they are asked for again, in the background, in milliseconds. */
  readonly maxAge?: number;
  /** How long after keys were asked for an unknown one may have them asked for again, in milliseconds. */
  readonly cooldown?: number;
  /** How long after a failure they are not asked for again, in milliseconds. */
  readonly pause?: number;
}

const TIMEOUT_MS = 5_000;

/**
 * The keys of an issuer. They are read with the first token, again when they are old, and once for a key that is unknown: it may be
 * new. While the issuer is away, known keys go on; and whoever sends unknown ones cannot make it be asked all the time.
 * @returns the keys; asking for one fails as jose's do, and with whatever `fetch` throws while there is none
 */
export function issuerKeys(options: JwksOptions): JWTVerifyGetKey {
  const { url, logger, maxAge = 600_000, cooldown = 30_000, pause = 2_000 } = options;
  let asked = -Infinity;
  let failed = -Infinity;
  const ask = async (...args: Parameters<typeof fetch>) => {
    if (performance.now() - failed < pause)
      throw new Error('The keys of the issuer cannot be read at the moment.');
    asked = performance.now();
    try {
      const answer = await fetch(...args);
      if (answer.ok) failed = -Infinity;
      else failed = performance.now();
      return answer;
    } catch (error) {
      failed = performance.now();
      throw error;
    }
  };
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Infinity,
    cooldownDuration: cooldown,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: ask,
  });
  const renew = () =>
    keys.reload().catch((error: unknown) => {
      logger.warn(
        { err: error, url },
        'the keys of the issuer cannot be read again; those that are known go on',
      );
    });
  return (header, token) => {
    const now = performance.now();
    if (keys.jwks() && now - asked > maxAge && now - failed > pause) void renew();
    return keys(header, token);
  };
}
