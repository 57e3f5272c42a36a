import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from '../../infra/kafka/away';
import type { Logger } from '../../infra/logger';

/** Does it until Kafka lets it be done. */
export type Patiently = <T>(work: () => Promise<T>) => Promise<T>;

/** Between two attempts, in milliseconds. Each waits for Kafka by itself, too. */
const PAUSE_MS = 500;

/**
 * For what a start asks of Kafka: it is asked again for as long as Kafka is away, and what does not pass by itself ends the start.
 * @param ending aborted when the process is to end: then the last error is thrown
 */
export function patiently(logger: Logger, ending: AbortSignal, pause = PAUSE_MS): Patiently {
  return async (work) => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (ending.aborted || !isAway(error)) throw error;
        logger.warn({ err: error }, 'Kafka does not answer; the start goes on when it does');
        await delay(pause, undefined, { signal: ending }).catch(() => undefined);
        if (ending.aborted) throw error;
      }
    }
  };
}
