import { PermanentError, TryLaterError } from './channels/channel';
import type { ClaimedNotice, DeliveryResult } from './queue';

export interface BackOff {
  /** The pause after the first attempt, in milliseconds. It doubles with each further one. */
  readonly first: number;
  /** The longest pause, in milliseconds. */
  readonly longest: number;
}

export interface RetryPolicy {
  /** After so many attempts a notice is given up. */
  readonly attempts: number;
  readonly backOff: BackOff;
}

const LONGEST_ERROR = 500;

/**
 * The result of an attempt that failed: another one after a pause, or the notice is given up.
 * @param error what the channel threw
 */
export function failedAttempt(notice: ClaimedNotice, error: unknown, policy: RetryPolicy): DeliveryResult {
  const message = messageOf(error);
  if (error instanceof PermanentError || notice.attempts >= policy.attempts)
    return { notice, status: 'failed', error: message };
  const wanted = error instanceof TryLaterError ? error.pause : 0;
  const pause = Math.max(wanted, pauseAfter(notice.attempts, policy.backOff));
  return { notice, status: 'pending', error: message, pause };
}

/**
 * How long to wait after an attempt that failed. Half of the pause is random: notices that failed together must not be
 * retried together.
 * @param attempt 1 for the first
 * @param random from 0 up to, not including, 1
 * @returns milliseconds
 */
export function pauseAfter(attempt: number, { first, longest }: BackOff, random = Math.random()): number {
  const full = Math.min(longest, first * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

/** The message with those of its causes (fetch reports only there what went wrong), as Postgres can store it. */
function messageOf(error: unknown): string {
  const messages: string[] = [];
  // A connection that failed on all addresses of a host has a code, but no message.
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    messages.push(e.message || (e as NodeJS.ErrnoException).code || e.name);
  const message = messages.length > 0 ? messages.join(': ') : String(error);
  return message.replaceAll('\0', '').slice(0, LONGEST_ERROR);
}
