import type { Pool } from 'pg';
import { parsePosition, type BatchContext, type LogBatch, type Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import type { Rules } from '../domain/decide';
import type { ConsumerOfTopic } from '../projector/checkpoint';
import { retryWhileTransient } from '../projector/transient-retry';
import type { RecordedRules } from '../views/availability/recorded-rules';
import type { LiveView } from './live-view';

/** What is noted before it is projected: a batch, or as many records as are stored together. */
export type Noted = Pick<LogBatch, 'partition' | 'fromOffset' | 'nextOffset'>;

/**
 * Notes in the schema of a rebuilt view what it takes from the live one: with which rules it projects the events, and which
 * records it leaves out. The swap compares both with what has become of the live view meanwhile. Each batch is noted before it
 * is projected, so that nothing is missing whenever the process dies.
 */
export class ReplayLedger {
  /** The rules of the batches in progress, by partition: they stay the same until the batch is stored. */
  private readonly inUse = new Map<number, RecordedRules>();
  private readonly lastWindow = new Map<number, number>();

  private constructor(
    private readonly pool: Pool,
    private readonly live: LiveView,
    private readonly consumer: ConsumerOfTopic,
    private readonly logger: Logger,
  ) {}

  /**
   * Continues the notes of an interrupted replay. Those on batches that were not stored are dropped.
   * @param pool its `search_path` names the schema of the rebuilt view
   */
  static async open(
    pool: Pool,
    live: LiveView,
    consumer: ConsumerOfTopic,
    logger: Logger,
  ): Promise<ReplayLedger> {
    const of = [consumer.consumer, consumer.topic];
    await pool.query(
      `DELETE FROM pickup_windows w WHERE from_offset >= coalesce(
         (SELECT next_offset FROM progress p WHERE p.consumer = $1 AND p.topic = $2 AND p.partition = w.partition), 0)`,
      of,
    );
    const { rows } = await pool.query<{ partition: number; pickup_window: string }>(
      `SELECT DISTINCT ON (partition) partition, pickup_window FROM pickup_windows ORDER BY partition, from_offset DESC`,
    );
    const ledger = new ReplayLedger(pool, live, consumer, logger);
    for (const row of rows) ledger.lastWindow.set(row.partition, Number(row.pickup_window));
    return ledger;
  }

  /** The rules of an event of a batch that was noted. */
  rulesAt(position: Position): Rules {
    return (this.inUse.get(position.partition) ?? this.live.rules).at(position);
  }

  /**
   * Retries transient errors, as the projection of the batch does.
   * @param discarded the records that are left out, by position
   */
  note(
    batch: Noted,
    context: BatchContext,
    discarded: ReadonlySet<string> = this.live.discarded,
  ): Promise<void> {
    const { rules } = this.live;
    this.inUse.set(batch.partition, rules);
    const write = () => this.write(batch, rules, discarded);
    return retryWhileTransient('noting the rules of a batch', write, isTransient, context, this.logger);
  }

  private async write(
    { partition, fromOffset, nextOffset }: Noted,
    rules: RecordedRules,
    discarded: ReadonlySet<string>,
  ): Promise<void> {
    for (const { from, rules: applied } of rules.within(partition, fromOffset, nextOffset)) {
      if (this.lastWindow.get(partition) === applied.pickupWindow) continue;
      await this.pool.query(
        `INSERT INTO pickup_windows (partition, from_offset, pickup_window) VALUES ($1, $2, $3)
         ON CONFLICT (partition, from_offset) DO UPDATE SET pickup_window = excluded.pickup_window`,
        [partition, from, applied.pickupWindow],
      );
      this.lastWindow.set(partition, applied.pickupWindow);
    }
    const leftOut = [...discarded]
      .map((position) => parsePosition(position)!)
      .filter(({ partition: of, offset }) => of === partition && offset >= fromOffset && offset < nextOffset);
    if (leftOut.length > 0) await this.noteLeftOut(partition, leftOut);
  }

  private async noteLeftOut(partition: number, positions: readonly Position[]): Promise<void> {
    const { consumer, topic } = this.consumer;
    await this.pool.query(
      `INSERT INTO dead_letters SELECT * FROM library.dead_letters
        WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = ANY($4) AND status = 'discarded' ON CONFLICT DO NOTHING`,
      [consumer, topic, partition, positions.map(({ offset }) => offset)],
    );
  }
}
