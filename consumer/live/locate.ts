import type { Log, PartitionBounds, Position } from '../../infra/event-log/log';
import type { Recent } from './recent';

export interface LocateOptions {
  readonly log: Log;
  readonly topic: string;
  readonly recent: Recent;
  /** How much before the record at the position the other partitions are read from, in milliseconds. */
  readonly margin: number;
}

/** How far before what is in memory the first look back goes, in records of each partition. */
const FIRST_STEP = 4_096;

/**
 * Says where a stream goes on that was last heard of at `position`, for each partition that it follows.
 *
 * In the partition of the position: right after it. One position says nothing of the other partitions, so they are read
 * from a margin before the time of that record: some outcomes come again, none is missed.
 */
export class Locator {
  constructor(private readonly options: LocateOptions) {}

  /** The places as far as memory tells: undefined where the topic has to be asked. */
  fromMemory(position: Position, partitions: readonly number[]): Map<number, number> | undefined {
    const { recent, margin } = this.options;
    const { partition, offset } = position;
    if (offset < recent.start(partition) || offset >= recent.next(partition)) return undefined;
    const timestamp = recent.timestampAt(position);
    const places = new Map<number, number>();
    for (const wanted of partitions) {
      const isOwn = wanted === partition;
      const elsewhere = timestamp === undefined ? undefined : recent.placeAt(wanted, timestamp - margin);
      const place = isOwn ? offset + 1 : elsewhere;
      if (place === undefined) return undefined;
      places.set(wanted, place);
    }
    return places;
  }

  /**
   * The places, wherever they are.
   * @returns undefined when the position is beyond the end of the topic
   */
  async fromTopic(
    position: Position,
    partitions: readonly number[],
    signal: AbortSignal,
  ): Promise<Map<number, number> | undefined> {
    const { recent, log, topic, margin } = this.options;
    const { partition, offset } = position;
    const bounds = new Map((await log.bounds(topic)).map((bound) => [bound.partition, bound]));
    const { start = 0, end = 0 } = bounds.get(partition) ?? {};
    if (offset >= end) return undefined;

    const places = new Map<number, number>();
    const others = partitions.filter((other) => other !== partition);
    if (others.length < partitions.length) places.set(partition, Math.max(offset + 1, start));
    if (others.length === 0) return places;
    const time = (await this.timestampOf(position, start, signal)) - margin;
    const far: PartitionBounds[] = [];
    for (const other of others) {
      const place = recent.placeAt(other, time);
      if (place !== undefined) places.set(other, place);
      else far.push({ partition: other, start: bounds.get(other)?.start ?? 0, end: recent.start(other) });
    }
    for (const [other, place] of await this.lookBack(far, time, signal)) places.set(other, place);
    return places;
  }

  /** A record that is there no more was appended before all others. */
  private async timestampOf(position: Position, start: number, signal: AbortSignal): Promise<number> {
    const { partition, offset } = position;
    const known = this.options.recent.timestampAt(position);
    if (known !== undefined) return known;
    if (offset < start) return -Infinity;
    const found = await this.timestamps(new Map([[partition, offset]]), signal);
    return found.get(partition) ?? -Infinity;
  }

  /**
   * Finds in each partition a record from before `time`, in steps that grow: the log only tells times of records that
   * are read, and most who come back were not away for long.
   * @param far what of each partition is not in memory
   */
  private async lookBack(
    far: readonly PartitionBounds[],
    time: number,
    signal: AbortSignal,
  ): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    let open = far;
    for (let step = FIRST_STEP; open.length > 0 && !signal.aborted; step *= 4) {
      const tries = new Map(
        open.map(({ partition, start, end }) => [partition, Math.max(start, end - step)]),
      );
      const timestamps = await this.timestamps(tries, signal);
      open = open.filter(({ partition, start }) => {
        const place = tries.get(partition)!;
        const isBefore = (timestamps.get(partition) ?? Infinity) < time;
        if (place > start && !isBefore) return true;
        found.set(partition, place);
        return false;
      });
    }
    return found;
  }

  /** When the records at these offsets were appended, by partition. */
  private async timestamps(
    offsets: ReadonlyMap<number, number>,
    signal: AbortSignal,
  ): Promise<Map<number, number>> {
    const { log, topic } = this.options;
    const ranges = [...offsets].map(([partition, offset]) => ({ partition, start: offset, end: offset + 1 }));
    const found = new Map<number, number>();
    for await (const { partition, records } of log.read(topic, { ranges, signal })) {
      if (records[0]) found.set(partition, records[0].timestamp);
    }
    return found;
  }
}
