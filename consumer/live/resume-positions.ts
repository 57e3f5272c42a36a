import type { Log, Position } from '../../infra/event-log/log';
import type { RecentOutcomes } from './recent-outcomes';

export interface ResumeOptions {
  readonly log: Log;
  readonly topic: string;
  readonly recent: RecentOutcomes;
  /** By how much the other partitions are read from before the record at the position, in milliseconds. */
  readonly margin: number;
}

/**
 * Where a stream resumes whose client received the outcome at `position` last, for each partition that it follows.
 *
 * In that outcome's partition: right after it. A position of one partition implies none in the others, so those are read
 * from a margin before the outcome's time: some outcomes are repeated, none is missed.
 */
export class ResumePositions {
  constructor(private readonly options: ResumeOptions) {}

  /** The offsets by partition, from memory alone; undefined if that does not reach back far enough. */
  fromMemory(position: Position, partitions: readonly number[]): Map<number, number> | undefined {
    const { recent, margin } = this.options;
    const { partition, offset } = position;
    if (offset < recent.start(partition) || offset >= recent.next(partition)) return undefined;
    const timestamp = recent.timestampAt(position);
    const positions = new Map<number, number>();
    for (const wanted of partitions) {
      const isOwn = wanted === partition;
      const elsewhere = timestamp === undefined ? undefined : recent.offsetAt(wanted, timestamp - margin);
      const next = isOwn ? offset + 1 : elsewhere;
      if (next === undefined) return undefined;
      positions.set(wanted, next);
    }
    return positions;
  }

  /** The offsets by partition, from the topic; undefined when the position is beyond its end. */
  async fromTopic(
    position: Position,
    partitions: readonly number[],
    signal: AbortSignal,
  ): Promise<Map<number, number> | undefined> {
    const { recent, log, topic, margin } = this.options;
    const { partition, offset } = position;
    const bounds = await log.bounds(topic);
    const { start = 0, end = 0 } = bounds.find((bound) => bound.partition === partition) ?? {};
    if (offset >= end) return undefined;
    if (partitions.every((wanted) => wanted === partition))
      return new Map([[partition, Math.max(offset + 1, start)]]);

    const time = (await this.timestampOf(position, start, signal)) - margin;
    const first = await log.positionsAt(topic, Math.max(0, time));
    // What has not been read into memory yet is delivered live: the stream need not wait for it.
    const elsewhere = new Map(
      first.map((at) => [at.partition, Math.min(at.offset, recent.next(at.partition))]),
    );
    return new Map(
      partitions.map((wanted) => [
        wanted,
        wanted === partition ? Math.max(offset + 1, start) : (elsewhere.get(wanted) ?? 0),
      ]),
    );
  }

  /** When the record at the position was appended. One that was deleted is older than all others. */
  private async timestampOf(position: Position, start: number, signal: AbortSignal): Promise<number> {
    const { recent, log, topic } = this.options;
    const { partition, offset } = position;
    const known = recent.timestampAt(position);
    if (known !== undefined) return known;
    if (offset < start) return -Infinity;
    const ranges = [{ partition, start: offset, end: offset + 1 }];
    for await (const { records } of log.read(topic, { ranges, signal }))
      if (records[0]) return records[0].timestamp;
    return -Infinity;
  }
}
