import type { Appender, OutgoingRecord, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { Poller } from '../../infra/poller';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { PolicyMetrics } from './metrics';

export interface PolicyLoopOptions {
  /** For the log and the metrics. */
  readonly name: string;
  /** The decisions that are due now, part by part. */
  decide(): AsyncIterable<readonly LibraryEvent[]>;
  /** Called with the position of each decision that the log has acknowledged. */
  onAppended?(position: Position): void;
  readonly encode: (event: LibraryEvent) => OutgoingRecord;
  readonly appender: Appender;
  readonly topic: string;
  /** How long to wait between two rounds, in milliseconds. */
  readonly interval: number;
  readonly logger: Logger;
  readonly metrics: Pick<PolicyMetrics, 'decided' | 'round' | 'watch'>;
}

/**
 * Polls the view, decides, and appends the decisions to the stream. A decision is recorded once and for all: a replay does
 * not decide again. Appending is idempotent, since a decision's event ID is derived from what it decides on.
 */
export class PolicyLoop {
  private readonly poller: Poller;
  private closing = false;

  constructor(private readonly options: PolicyLoopOptions) {
    const { name, interval, logger, metrics } = options;
    metrics.watch(name);
    this.poller = new Poller({
      work: () => this.round(),
      interval,
      onError: (error) => {
        metrics.round(name, false);
        logger.warn({ err: error, policy: name }, 'the policy cannot decide at the moment; trying again');
      },
    });
  }

  start(): void {
    this.poller.start();
  }

  /** Finishes the append under way. */
  async close(): Promise<void> {
    this.closing = true;
    await this.poller.close();
    await this.options.appender.close();
  }

  /** @returns false: what was appended has to come back through the view before there is more to decide */
  private async round(): Promise<boolean> {
    for await (const events of this.options.decide()) {
      if (events.length > 0) await this.append(events);
      if (this.closing) break;
    }
    this.options.metrics.round(this.options.name, true);
    return false;
  }

  private async append(events: readonly LibraryEvent[]): Promise<void> {
    const { encode, appender, topic, logger, name, metrics, onAppended } = this.options;
    const positions = await appender.append(topic, events.map(encode));
    // What was not acknowledged is due again in the next round, under the same event ID.
    const appended = positions.filter((position) => position !== undefined);
    for (const position of appended) onAppended?.(position);
    metrics.decided(name, appended.length, events.length - appended.length);
    logger.info({ policy: name, events: appended.length }, 'decided');
  }
}
