import type { PartitionBounds, Position } from '../../infra/event-log/log';
import { matches, type Filter, type Frame } from './frame';
import { mergeSorted } from './merge';

/** The offset of the next record to be sent, by partition. */
export type Positions = ReadonlyMap<number, number>;

interface Range {
  /** `frames` holds every outcome from this offset … */
  start: number;
  /** … up to, not including, this one. */
  next: number;
  bytes: number;
  frames: Frame[];
}

/**
 * The newest outcomes of each partition in memory: clients that were away only for a moment resume without reading the
 * topic.
 */
export class RecentOutcomes {
  private readonly ranges = new Map<number, Range>();

  /** @param maxBytes how much is kept of each partition */
  constructor(private readonly maxBytes: number) {}

  /** @param starts the first offset that will be added, by partition */
  begin(starts: Positions): void {
    for (const [partition, start] of starts) this.restart(partition, start);
  }

  /**
   * Adds the frames of consecutive records. If they do not follow the last ones (the topic was created anew), those are
   * dropped.
   */
  add({ partition, start, end }: PartitionBounds, frames: readonly Frame[]): void {
    const known = this.ranges.get(partition);
    const range = known?.next === start ? known : this.restart(partition, start);
    for (const frame of frames) {
      range.frames.push(frame);
      range.bytes += frame.bytes.length;
    }
    range.next = end;
    this.trim(range);
  }

  /** Drops all that is in memory. What is added next follows it. */
  drop(): void {
    for (const [partition, { next }] of this.ranges) this.restart(partition, next);
  }

  /** The offset after the newest outcome. */
  next(partition: number): number {
    return this.ranges.get(partition)?.next ?? 0;
  }

  /** The first offset that is still in memory. */
  start(partition: number): number {
    return this.ranges.get(partition)?.start ?? 0;
  }

  /** When the record at this position was appended, if it is still in memory. */
  timestampAt({ partition, offset }: Position): number | undefined {
    return this.ranges.get(partition)?.frames.find((frame) => frame.offset === offset)?.timestamp;
  }

  /**
   * The offset to read from so as not to miss a record that was appended at `time` or later; undefined if it may lie before
   * the records in memory.
   * @param time milliseconds since the epoch
   */
  offsetAt(partition: number, time: number): number | undefined {
    const range = this.ranges.get(partition);
    if (!range) return undefined;
    const { frames, start, next } = range;
    const found = frames.findIndex(({ timestamp }) => timestamp >= time);
    if (found === 0 || frames.length === 0) return start === 0 ? 0 : undefined;
    return found > 0 ? frames[found]!.offset : next;
  }

  /** Whether all outcomes from these positions on are in memory. */
  covers(positions: Positions): boolean {
    return [...positions].every(([partition, offset]) => offset >= this.start(partition));
  }

  /** The outcomes in memory from these positions on that the filter selects, by time. */
  since(positions: Positions, filter: Filter): Frame[] {
    const parts = [...positions].map(([partition, next]) =>
      (this.ranges.get(partition)?.frames ?? []).filter(
        (frame) => frame.offset >= next && matches(frame, filter),
      ),
    );
    return mergeSorted(parts);
  }

  private restart(partition: number, start: number): Range {
    const range: Range = { start, next: start, bytes: 0, frames: [] };
    this.ranges.set(partition, range);
    return range;
  }

  private trim(range: Range): void {
    let gone = 0;
    while (range.bytes > this.maxBytes && gone < range.frames.length) {
      const { bytes, offset } = range.frames[gone]!;
      range.bytes -= bytes.length;
      range.start = offset + 1;
      gone += 1;
    }
    if (gone > 0) range.frames.splice(0, gone);
  }
}
