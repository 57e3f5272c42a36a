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
  constructor(private readonly options: WebhookOptions) {}

  async deliver(notice: Notice, signal: AbortSignal): Promise<void> {
    const { url, secret } = this.options;
    const body = bodyOf(notice);
    const timestamp = Math.floor(Date.now() / 1_000);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': notice.noticeId,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(secret, notice.noticeId, timestamp, body),
      },
      body,
      // A signed message goes where it was meant to go, and nowhere else.
      redirect: 'manual',
      signal,
    });
    // Only the status counts. What is not read would keep the connection.
    await response.body?.cancel();
    const failure = failureOf(response.status, response.headers.get('retry-after'), Date.now());
    if (failure) throw failure;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
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
export function failureOf(status: number, retryAfter: string | null, now: number): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const message = `the receiver answered ${status}`;
  if (status >= 400 && status < 500 && !PASSING.has(status)) return new PermanentError(message);
  const pause = pauseOf(retryAfter, now);
  return pause === undefined ? new Error(message) : new TryLaterError(message, pause);
}

function pauseOf(retryAfter: string | null, now: number): number | undefined {
  if (retryAfter === null) return undefined;
  const pause = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(pause) ? undefined : Math.min(LONGEST_PAUSE_MS, Math.max(0, pause));
}
