import type { Pool, PoolClient } from 'pg';
import type { Position } from '../../../infra/event-log/log';
import type { Rules } from '../../domain/decide';
import { LIVE } from '../../projector/view-pool';

/** From an event on, until the next span of the partition begins, these rules count. */
export interface Span {
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
    return new RecordedRules(await recordedSpans(database, LIVE), today);
  }

  /** The rules of the event at a position: before the first record of rules, those of that record. */
  at({ partition, offset }: Position): Rules {
    return rulesAt(this.spans.get(partition), offset) ?? this.today;
  }

  /** The rules of the events from `from` up to, not including, `to`: the first span begins at `from`. */
  within(partition: number, from: number, to: number): Span[] {
    const later = this.spans.get(partition) ?? [];
    return [
      { from, rules: this.at({ partition, offset: from }) },
      ...later.filter((span) => span.from > from && span.from < to),
    ];
  }
}

/** What a view has recorded, by partition. @param schema that of the view, quoted */
export async function recordedSpans(
  database: Pool | PoolClient,
  schema: string,
): Promise<Map<number, Span[]>> {
  const { rows } = await database.query<{ partition: number; from_offset: string; pickup_window: string }>(
    `SELECT partition, from_offset, pickup_window FROM ${schema}.pickup_windows ORDER BY partition, from_offset`,
  );
  const spans = new Map<number, Span[]>();
  for (const { partition, from_offset: from, pickup_window: pickupWindow } of rows) {
    const known = spans.get(partition) ?? [];
    known.push({ from: Number(from), rules: { pickupWindow: Number(pickupWindow) } });
    spans.set(partition, known);
  }
  return spans;
}

/**
 * The first event before `end` that two views of a partition have projected with different rules; undefined where there is
 * none. Where a view has recorded nothing, nothing is known to differ.
 */
export function firstDifference(
  one: readonly Span[] | undefined,
  other: readonly Span[] | undefined,
  end: number,
): number | undefined {
  const changes = [0, ...[...(one ?? []), ...(other ?? [])].map(({ from }) => from)];
  return changes
    .filter((offset) => offset < end)
    .sort((a, b) => a - b)
    .find((offset) => {
      const [here, there] = [rulesAt(one, offset), rulesAt(other, offset)];
      return here && there && here.pickupWindow !== there.pickupWindow;
    });
}

function rulesAt(spans: readonly Span[] | undefined, offset: number): Rules | undefined {
  return (spans?.findLast(({ from }) => from <= offset) ?? spans?.[0])?.rules;
}
