import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { PermanentError, TryLaterError, type NoticeChannel } from '../channel';
import type { Notice } from '../notice';
import { textOf } from '../text';
import { signatureOf } from './signature';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
}

/** Client errors that pass by themselves: the receiver took too long, or has too much to do. */
const PASSING = new Set([408, 429]);
/** Nobody is to park notices here for good. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;

/** Posts notices as JSON, signed; see `signatureOf`. `webhook-id` is the notice's ID, the same for every repeat. */
export class WebhookChannel implements NoticeChannel {
  private readonly agent: HttpAgent | HttpsAgent;

  constructor(private readonly options: WebhookOptions) {
    this.agent = new (isSecure(options.url) ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  async deliver(notice: Notice, signal: AbortSignal): Promise<void> {
    const { url, secret } = this.options;
    const body = bodyOf(notice);
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'webhook-id': notice.noticeId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secret, notice.noticeId, timestamp, body),
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
 * Resolves when the status is there. Not by `fetch`: it follows redirects unless told not to, and a signed message goes
 * where it was meant to go; and it costs several times the work of a small request.
 */
function post(url: string, options: RequestOptions, body: string): Promise<IncomingMessage> {
  const request = isSecure(url) ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, method: 'POST' }, (response) => {
      // Only the status counts. What is not read would keep the connection.
      response.on('error', () => undefined).resume();
      resolve(response);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Field by field: what else is known of a notice, such as how often it was tried, would make repeats differ. */
function bodyOf(notice: Notice): string {
  const { noticeId, kind, bookId, reservationId, userId, details } = notice;
  return JSON.stringify({ noticeId, kind, bookId, reservationId, userId, details, ...textOf(notice) });
}

/**
 * What an answer means for the notice; undefined when it was taken.
 * @param retryAfter the header, seconds or a date
 * @param now milliseconds since the epoch
 */
export function failureOf(status: number, retryAfter: string | undefined, now: number): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const message = `the receiver answered ${status}`;
  if (status >= 400 && status < 500 && !PASSING.has(status)) return new PermanentError(message);
  const pause = pauseOf(retryAfter, now);
  return pause === undefined ? new Error(message) : new TryLaterError(message, pause);
}

function pauseOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const pause = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(pause) ? undefined : Math.min(LONGEST_PAUSE_MS, Math.max(0, pause));
}
