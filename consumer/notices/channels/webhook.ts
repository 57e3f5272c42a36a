import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { TRACEPARENT } from '../../../infra/trace-context';
import type { Notice } from '../notice';
import type { NoticeText, NoticeTexts } from '../text';
import { PermanentError, TryLaterError, type Delivery, type NoticeChannel } from './channel';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly texts: NoticeTexts;
}

/** The prefix of secrets in base64. */
const PREFIX = 'whsec_';
/** Transient client errors: the receiver timed out, or limits the rate. */
const TRANSIENT = new Set([408, 429]);
/** A receiver may not postpone a notice for ever. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;

/** Posts notices as signed JSON; see `signatureOf`. `webhook-id` is the notice's ID, the same in every attempt. */
export class WebhookChannel implements NoticeChannel {
  private readonly agent: HttpAgent | HttpsAgent;

  constructor(private readonly options: WebhookOptions) {
    this.agent = new (isSecure(options.url) ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  async deliver(notice: Delivery, signal: AbortSignal): Promise<void> {
    const { url, secret, texts } = this.options;
    const body = bodyOf(notice, texts.textOf(notice));
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'webhook-id': notice.noticeId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secret, notice.noticeId, timestamp, body),
      ...(notice.traceparent && { [TRACEPARENT]: notice.traceparent }),
    };
    const response = await post(url, { headers, agent: this.agent, signal }, body);
    const failure = failureOf(response.statusCode!, response.headers['retry-after'], Date.now());
    if (failure) throw failure;
  }

  close(): Promise<void> {
    this.agent.destroy();
    return Promise.resolve();
  }
}

const isSecure = (url: string) => new URL(url).protocol === 'https:';

/**
 * Resolves with the response when its headers have arrived. Does not follow redirects: a signed message must go only to
 * the configured address. Not by `fetch`, which costs several times as much CPU time for a small request.
 */
function post(url: string, options: RequestOptions, body: string): Promise<IncomingMessage> {
  const request = isSecure(url) ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, method: 'POST' }, (response) => {
      // Only the status matters. A body that is not consumed would keep the connection from being reused.
      response.on('error', () => undefined).resume();
      resolve(response);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** The body of a notice: `NOTICE_WEBHOOK` describes it. Field by field: others, such as the number of attempts, would make the bodies of repeated deliveries differ. */
export function bodyOf(notice: Notice, words: NoticeText): string {
  const { noticeId, kind, bookId, reservationId, userId, details } = notice;
  return JSON.stringify({ noticeId, kind, bookId, reservationId, userId, details, ...words });
}

/**
 * The error that a response amounts to; undefined when the receiver has accepted the notice.
 * @param retryAfter the header, seconds or a date
 * @param now milliseconds since the epoch
 */
export function failureOf(status: number, retryAfter: string | undefined, now: number): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const message = `the receiver answered ${status}`;
  if (status >= 400 && status < 500 && !TRANSIENT.has(status)) return new PermanentError(message);
  const pause = pauseOf(retryAfter, now);
  return pause === undefined ? new Error(message) : new TryLaterError(message, pause);
}

function pauseOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const pause = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(pause) ? undefined : Math.min(LONGEST_PAUSE_MS, Math.max(0, pause));
}

/**
 * Signs a message by the specification of Standard Webhooks (standardwebhooks.com), for which libraries exist in most
 * languages. HMAC-SHA256 over ID, time and body: none of them can be changed, and an old message cannot be replayed as new.
 * @param secret `whsec_` and the key in base64, or the key itself
 * @param timestamp seconds since the epoch
 */
export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
