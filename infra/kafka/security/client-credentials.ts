import { setTimeout as pause } from 'node:timers/promises';
import type { Token, TokenSource } from './token';

export interface ClientCredentials {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
}

const TIMEOUT_MS = 5_000;
/** The pauses before the next tries, where the answer may be another one then. */
const PAUSES_MS = [200, 1_000];
/** The issuer need not say for how long a token is good. */
const USUAL_SECONDS = 300;

/** The issuer says that it will not give a token, or answers with something else. */
class RefusedError extends Error {}

/** Tokens for a client's own credentials (OAuth 2, RFC 6749, 4.4), from the issuer's token endpoint. No error has the secret. */
export function clientCredentials(credentials: ClientCredentials): TokenSource {
  return async () => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask(credentials);
      } catch (error) {
        const wait = PAUSES_MS[attempt];
        if (error instanceof RefusedError || wait === undefined) throw error;
        await pause(wait);
      }
    }
  };
}

async function ask({ url, clientId, clientSecret, scope }: ClientCredentials): Promise<Token> {
  const { host } = new URL(url);
  const asked = Date.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      // RFC 6749, 2.3.1: both are encoded as in a form.
      authorization: `Basic ${Buffer.from(`${form(clientId)}:${form(clientSecret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Error(`${host} does not answer`, { cause: error });
  });
  const text = await response.text();
  if (response.status >= 500 || response.status === 429)
    throw new Error(`${host} answered ${response.status}`);
  const answer = parse(text);
  if (!response.ok) throw new RefusedError(`${host} refused (${response.status}): ${answer.error ?? ''}`);
  const { access_token: value, expires_in: seconds = USUAL_SECONDS } = answer;
  if (!value) throw new RefusedError(`${host} answered without a token`);
  return { value, expiresAt: asked + 1_000 * Number(seconds) };
}

const form = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);

function parse(text: string): { access_token?: string; expires_in?: number | string; error?: string } {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
