import { setTimeout as delay } from 'node:timers/promises';
import type { BatchContext } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Does something until it succeeds or fails for good. While it waits it stays a member of its group, so that the
 * partition need not move to somebody who would find the same database down.
 * @param passes whether an error is one that passes by itself
 * @throws the error that does not pass, or whatever ends the membership
 */
export async function retryWhileTransient<T>(
  what: string,
  action: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { heartbeat, signal }: BatchContext,
  logger: Logger,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await action();
    } catch (error) {
      if (!passes(error)) throw error;
      logger.warn({ err: error }, `${what} is not possible at the moment; trying again`);
      await delay(pause, undefined, { signal });
      await heartbeat();
    }
  }
}
