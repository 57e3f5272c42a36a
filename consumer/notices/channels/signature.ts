import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * Signs a message as Standard Webhooks does (standardwebhooks.com), for which receivers find libraries in most languages:
 * HMAC-SHA256 over ID, time and body, so that none of them can be changed and an old message is not taken for a new one.
 * @param secret `whsec_` and the key in base64, or the key itself
 * @param timestamp seconds since the epoch
 */
export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
