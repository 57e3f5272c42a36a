import type { Pool, PoolClient } from 'pg';
import type { Position } from '../../../infra/event-log/log';
import type { Rules } from '../../domain/decide';

interface Span {
  readonly from: number;
  readonly rules: Rules;
}

/**
 * The rules that the live view applied to each event. The settings may have changed since; with those of today a replay
 * would compute other ends of pickup windows.
 */
export class RecordedRules {
  private constructor(
    private readonly spans: ReadonlyMap<number, readonly Span[]>,
    private readonly today: Rules,
  ) {}

  /** @param today the rules of partitions of which the live view has projected nothing yet */
  static async load(database: Pool | PoolClient, today: Rules): Promise<RecordedRules> {
    const { rows } = await database.query<{ partition: number; from_offset: string; pickup_window: string }>(
      'SELECT partition, from_offset, pickup_window FROM library.pickup_windows ORDER BY partition, from_offset',
    );
    const spans = new Map<number, Span[]>();
    for (const { partition, from_offset: from, pickup_window: pickupWindow } of rows) {
      const known = spans.get(partition) ?? [];
      known.push({ from: Number(from), rules: { pickupWindow: Number(pickupWindow) } });
      spans.set(partition, known);
    }
    return new RecordedRules(spans, today);
  }

  /** The rules of the event at a position: before the first record of rules, those of that record. */
  at({ partition, offset }: Position): Rules {
    const spans = this.spans.get(partition);
    if (!spans) return this.today;
    const span = spans.findLast(({ from }) => from <= offset) ?? spans[0];
    return span?.rules ?? this.today;
  }
}
