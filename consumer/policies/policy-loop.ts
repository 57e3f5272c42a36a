import { LRUCache } from 'lru-cache';
import type { Appender, OutgoingRecord } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { Poller } from '../../infra/poller';
import type { LibraryEvent } from '../../schemas/generated/events';

export interface PolicyLoopOptions {
  /** For the log. */
  readonly name: string;
  /** The decisions that are due now. Earlier decisions may be among them, under the same event IDs. */
  decide(): Promise<readonly LibraryEvent[]>;
  readonly encode: (event: LibraryEvent) => OutgoingRecord;
  readonly appender: Appender;
  readonly topic: string;
  /** How long to wait after a round without decisions, in milliseconds. */
  readonly interval: number;
  readonly logger: Logger;
}

/** How many decisions are remembered, so that they are not appended again before the view has applied them. */
const REMEMBERED = 10_000;
/** After this time a decision that is still due is appended again: the view may never have received it. */
const REPEAT_AFTER_MS = 30_000;

/**
 * Polls the view, decides, and appends the decisions to the stream. A decision is recorded once and for all: a replay does
 * not decide again. Appending is idempotent, since a decision's event ID is derived from what it decides on.
 */
export class PolicyLoop {
  private readonly appended = new LRUCache<string, true>({ max: REMEMBERED, ttl: REPEAT_AFTER_MS });
  private readonly poller: Poller;

  constructor(private readonly options: PolicyLoopOptions) {
    const { name, interval, logger } = options;
    this.poller = new Poller({
      work: async () => (await this.round()) > 0,
      interval,
      onError: (error) =>
        logger.warn({ err: error, policy: name }, 'the policy cannot decide at the moment; trying again'),
    });
  }

  start(): void {
    this.poller.start();
  }

  /** Finishes the round under way. */
  async close(): Promise<void> {
    await this.poller.close();
    await this.options.appender.close();
  }

  /** @returns how many decisions were appended */
  private async round(): Promise<number> {
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
