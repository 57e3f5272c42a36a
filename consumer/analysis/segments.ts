import type { PartitionBounds } from '../../infra/event-log/log';

/** A file of the cache: rows of the topic, those of each partition without a gap. It is never changed. */
export interface Segment {
  readonly file: string;
  readonly rows: number;
  /** How many records of its ranges could not be decoded, and have no row. */
  readonly skipped: number;
  readonly ranges: readonly PartitionBounds[];
}

/** What is to be read from the topic so that a query sees what it wants. */
export interface ReadingPlan {
  /** The ranges to read; empty ones are left out. */
  readonly missing: readonly PartitionBounds[];
  /** Whether the cache with these ranges still has no gap. If not, they are read for this session alone. */
  readonly continues: boolean;
}

/** What segments hold of each partition: from the start of the first to the end of the last. */
export function coverageOf(segments: readonly Segment[]): Map<number, PartitionBounds> {
  const covered = new Map<number, PartitionBounds>();
  for (const { partition, start, end } of segments.flatMap(({ ranges }) => ranges)) {
    const known = covered.get(partition);
    covered.set(partition, {
      partition,
      start: Math.min(known?.start ?? start, start),
      end: Math.max(known?.end ?? end, end),
    });
  }
  return covered;
}

/** Whether the log can be the one that the segments were read from: it is at least as long. */
export function fits(segments: readonly Segment[], bounds: readonly PartitionBounds[]): boolean {
  const ends = new Map(bounds.map(({ partition, end }) => [partition, end]));
  return [...coverageOf(segments).values()].every(({ partition, end }) => end <= (ends.get(partition) ?? -1));
}

/** @param bounds those of the log, one for each partition; @param wanted the ranges of the query, within them */
export function planReading(
  segments: readonly Segment[],
  bounds: readonly PartitionBounds[],
  wanted: readonly PartitionBounds[],
): ReadingPlan {
  const covered = coverageOf(segments);
  const starts = new Map(bounds.map(({ partition, start }) => [partition, start]));
  const ranges = wanted.map((range) => {
    const has = covered.get(range.partition);
    const end = has?.end ?? starts.get(range.partition)!;
    // A log that has lost its beginning may begin behind what the cache holds.
    const isGap = range.start > end;
    return { ...range, start: Math.max(end, range.start), isGap: isGap && range.start < range.end };
  });
  return {
    missing: ranges
      .filter(({ start, end }) => start < end)
      .map(({ partition, start, end }) => ({ partition, start, end })),
    continues: ranges.every(({ isGap }) => !isGap),
  };
}

/** From this many segments on they become one: each has to be opened. */
const MERGED_AT_ONCE = 6;

/**
 * Which of the last segments should become one: where so many small ones have gathered. The sizes of those that stay differ
 * widely, so there are few of them, and each row is copied few times.
 */
export function mergeable(segments: readonly Segment[]): readonly Segment[] {
  let rows = 0;
  let from = segments.length;
  while (from > 0 && segments[from - 1]!.rows <= 2 * rows + 10_000) rows += segments[--from]!.rows;
  const small = segments.slice(from);
  return small.length >= MERGED_AT_ONCE ? small : [];
}

/** The ranges of several segments that follow each other, one for each partition. */
export function joinedRanges(segments: readonly Segment[]): PartitionBounds[] {
  return [...coverageOf(segments).values()].sort((a, b) => a.partition - b.partition);
}
