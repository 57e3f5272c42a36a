import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Appender, OutgoingRecord } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { LibraryEvent } from '../../schemas/generated/events';

export interface PolicyLoopOptions {
  /** For the log. */
  readonly name: string;
  /** What is to be decided now. May name again what was decided before, under the same event ID. */
  decide(): Promise<readonly LibraryEvent[]>;
  readonly encode: (event: LibraryEvent) => OutgoingRecord;
  readonly appender: Appender;
  readonly topic: string;
  /** How long to wait after having found nothing, in milliseconds. */
  readonly interval: number;
  readonly logger: Logger;
}

/** How many decisions are remembered, so that they need not be appended again while the view has not shown them yet. */
const REMEMBERED = 10_000;
/** After this time they are: the append may have been lost without anybody noticing. */
const REPEAT_AFTER_MS = 30_000;

/**
 * Read, decide, append, over and over. What a policy decides is on the stream once and for all: a replay does not decide
 * again. Appending twice does no harm, since a decision's ID follows from what it is about.
 */
export class PolicyLoop {
  private readonly closing = new AbortController();
  private readonly appended = new LRUCache<string, true>({ max: REMEMBERED, ttl: REPEAT_AFTER_MS });
  private running: Promise<void> | undefined;

  constructor(private readonly options: PolicyLoopOptions) {}

  start(): void {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
    await this.options.appender.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    const { name, interval, logger } = this.options;
    while (!signal.aborted) {
      const appended = await this.step().catch((error: unknown) => {
        logger.warn({ err: error, policy: name }, 'the policy cannot decide at the moment; trying again');
        return 0;
      });
      if (appended === 0) await delay(interval, undefined, { signal }).catch(() => undefined);
    }
  }

  private async step(): Promise<number> {
    const { decide, encode, appender, topic, logger, name } = this.options;
    const events = (await decide()).filter(({ eventId }) => !this.appended.has(eventId));
    if (events.length === 0) return 0;
    const positions = await appender.append(topic, events.map(encode));
    events.forEach(({ eventId }, i) => {
      if (positions[i]) this.appended.set(eventId, true);
    });
    logger.info({ policy: name, events: events.length }, 'decided');
    return events.length;
  }
}
