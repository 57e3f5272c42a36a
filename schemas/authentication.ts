import { readFileSync } from 'node:fs';
import type { Identify } from '../infra/http/auth';
import type { Caller } from '../infra/http/route';
import { identifyByToken, parseTokens, type Tokens } from '../infra/http/tokens';
import type { Logger } from '../infra/logger';
import { Poller } from '../infra/poller';
import { ROLES } from './access';
import type { AuthSettings } from './access-settings';
import { callerOfClaims } from './claims';
import { isId } from './ids';

const REALM = 'library';
/** How often a file of tokens is looked at, in milliseconds. */
const FILE_INTERVAL_MS = 1_000;

/** How the callers of the API are identified. */
export interface Authentication {
  /** Absent: they are not. */
  readonly identify?: Identify;
  close(): Promise<void>;
}

function parseCaller(text: string): Caller | undefined {
  const [, word, name = ''] = /^([a-z]+):([^\p{Cc}=;]{1,64})$/u.exec(text) ?? [];
  const role = ROLES.find((known) => known === word);
  if (role === undefined || (role === 'patron' && !isId(name))) return undefined;
  return { role, name };
}

/** @throws {Error} naming the variable and the number of the entry that is wrong, never its content */
export function libraryTokens(text: string, variable: string): Tokens {
  return parseTokens(text, {
    ...{ variable, parseCaller },
    form: 'token=staff:name, token=patron:userId or token=analyst:name, where the token may be sha256: and 64 hex digits',
  });
}

/**
 * Begins to identify callers.
 * @throws {Error} in one sentence, where the tokens are wrong or their file cannot be read
 */
export function startAuthentication(settings: AuthSettings, logger: Logger): Authentication {
  if (settings.mode === 'none') return { close: () => Promise.resolve() };
  if (settings.mode === 'tokens') {
    if ('file' in settings) return followFile(settings.file, logger);
    const tokens = libraryTokens(settings.tokens, 'API_TOKENS');
    return { identify: identifyByToken(() => tokens, REALM), close: () => Promise.resolve() };
  }
  const identify = byJwt(settings, logger);
  return {
    identify: async (authorization) => (await identify)(authorization),
    close: () => Promise.resolve(),
  };
}

/** The code of it is loaded for this mode alone. */
async function byJwt(settings: AuthSettings & { mode: 'jwt' }, logger: Logger): Promise<Identify> {
  const [{ identifyByJwt }, { issuerKeys }] = await Promise.all([
    import('../infra/http/jwt.js'),
    import('../infra/http/jwks.js'),
  ]);
  const { issuer, audience, jwksUrl, userClaim, rolesClaims } = settings;
  return identifyByJwt({
    ...{ realm: REALM, issuer, audience, logger },
    keys: issuerKeys({ url: jwksUrl, logger }),
    callerOf: (claims) => callerOfClaims(claims, { user: userClaim, roles: rolesClaims }),
  });
}

function readTokens(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`API_TOKENS_FILE: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads the file again and again. A change that is wrong changes nothing: the tokens before it go on. */
function followFile(file: string, logger: Logger): Authentication {
  let text = readTokens(file);
  let tokens = libraryTokens(text, 'API_TOKENS_FILE');
  const work = () => {
    const now = readTokens(file);
    if (now !== text) {
      // Remembered before it is parsed: what is wrong is logged once.
      text = now;
      tokens = libraryTokens(now, 'API_TOKENS_FILE');
      logger.info({ tokens: tokens.length }, 'the tokens have changed');
    }
    return Promise.resolve(false);
  };
  const poller = new Poller({
    work: async () => work(),
    interval: FILE_INTERVAL_MS,
    onError: (error) => logger.error({ err: error }, 'the tokens cannot be read again; those before go on'),
  });
  poller.start();
  return { identify: identifyByToken(() => tokens, REALM), close: () => poller.close() };
}
