import type { Log, PartitionBounds } from '../../infra/event-log/log';
import type { PositionSpec } from './position-spec';

export interface RangeOptions {
  readonly from: PositionSpec;
  readonly to: PositionSpec;
  /** Goes on past the end: the ranges have none. */
  readonly follow: boolean;
}

/** For each partition the offset at which a time begins. */
type Times = ReadonlyMap<number, number>;

/**
 * Where in each partition of the topic reading begins and stops. The end is that of this moment, so that reading ends
 * however much is appended meanwhile. A position outside of the log is moved to its edge: a range may be empty, never wrong.
 */
export async function resolveRanges(
  log: Log,
  topic: string,
  options: RangeOptions,
): Promise<PartitionBounds[]> {
  const [from, to] = await Promise.all([timesOf(log, topic, options.from), timesOf(log, topic, options.to)]);
  // Read last, so that no position of a time is after the ends.
  return rangesOf(await log.bounds(topic), options, from, to);
}

async function timesOf(log: Log, topic: string, place: PositionSpec): Promise<Times> {
  if (place.kind !== 'time') return new Map();
  const positions = await log.positionsAt(topic, place.time);
  return new Map(positions.map(({ partition, offset }) => [partition, offset]));
}

/** The pure part of `resolveRanges`. */
export function rangesOf(
  bounds: readonly PartitionBounds[],
  { from, to, follow }: RangeOptions,
  fromTimes: Times = new Map(),
  toTimes: Times = new Map(),
): PartitionBounds[] {
  return bounds.map((bound) => {
    const start = offsetOf(from, bound, fromTimes);
    const end = follow ? Infinity : Math.max(start, offsetOf(to, bound, toTimes));
    return { partition: bound.partition, start, end };
  });
}

function offsetOf(place: PositionSpec, { partition, start, end }: PartitionBounds, times: Times): number {
  const within = (offset: number) => Math.min(end, Math.max(start, offset));
  switch (place.kind) {
    case 'beginning':
      return start;
    case 'end':
      return end;
    case 'offset':
      return within(place.offset);
    case 'last':
      return within(end - place.count);
    case 'time':
      return within(times.get(partition) ?? end);
  }
}

/** How many records the ranges have; Infinity where one has no end. */
export function sizeOf(ranges: readonly PartitionBounds[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
