import { setTimeout as delay } from 'node:timers/promises';
import type { BatchContext } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Repeats an action until it succeeds or fails for good. It sends heartbeats while it waits, so that the partition is not
 * moved to another member of the group, for which the same server would be down.
 * @param what the action, for the log
 * @param isTransient whether an error is transient
 * @param onRetry called before each repetition
 * @throws the error that is not transient, or the error that ends the membership
 */
export async function retryWhileTransient<T>(
  what: string,
  action: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  { heartbeat, signal }: BatchContext,
  logger: Logger,
  onRetry?: () => void,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await action();
    } catch (error) {
      if (!isTransient(error)) throw error;
      onRetry?.();
      logger.warn({ err: error }, `${what} is not possible at the moment; trying again`);
      await delay(pause, undefined, { signal });
      await heartbeat();
    }
  }
}
