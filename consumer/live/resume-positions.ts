import type { Log, PartitionBounds, Position } from '../../infra/event-log/log';
import { formatPosition } from '../../infra/event-log/log';
import type { RecentOutcomes } from './recent-outcomes';

export interface ResumeOptions {
  readonly log: Log;
  readonly topic: string;
  readonly recent: RecentOutcomes;
  /** By how much the other partitions are read from before the record at the position, in milliseconds. */
  readonly margin: number;
}

/** What a client that comes back has received last, and the partitions that it follows. */
export interface ResumeQuestion {
  readonly position: Position;
  readonly partitions: readonly number[];
}

/** Positions with no more records than this between them are read together. */
const NEAR = 500;
/** Times that differ by less than this part of the margin count as one, the earliest: it is asked for once. */
const PRECISION = 1 / 6;
/** How many times are asked for at once. */
const AT_ONCE = 16;

/**
 * Where streams resume whose clients received the outcome at `position` last, for each partition that they follow.
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

  /**
   * The offsets by partition, from the topic, for any number of clients: what they have in common is asked for once.
   * @returns an entry for each question; undefined when its position is beyond the end of the topic
   */
  async fromTopic(questions: readonly ResumeQuestion[]): Promise<(Map<number, number> | undefined)[]> {
    const { log, topic } = this.options;
    const bounds = new Map((await log.bounds(topic)).map((bound) => [bound.partition, bound]));
    const startOf = ({ partition }: Position) => bounds.get(partition)?.start ?? 0;
    const isThere = ({ position }: ResumeQuestion) =>
      position.offset < (bounds.get(position.partition)?.end ?? 0);
    const elsewhere = questions.filter(
      (question) => isThere(question) && question.partitions.some((p) => p !== question.position.partition),
    );
    const times = await this.timesOf(
      elsewhere.map(({ position }) => position),
      bounds,
    );
    const first = await this.offsetsAt([...times.values()]);
    return questions.map((question) => {
      if (!isThere(question)) return undefined;
      const { position, partitions } = question;
      const others = first.get(times.get(formatPosition(position)) ?? 0);
      return new Map(
        partitions.map((wanted) => [
          wanted,
          wanted === position.partition
            ? Math.max(position.offset + 1, startOf(position))
            : (others?.get(wanted) ?? 0),
        ]),
      );
    });
  }

  /** From which time on the other partitions are read, by position. What was deleted is older than all that is left. */
  private async timesOf(
    positions: readonly Position[],
    bounds: ReadonlyMap<number, PartitionBounds>,
  ): Promise<Map<string, number>> {
    const { recent, margin } = this.options;
    const times = new Map<string, number>();
    const unknown: Position[] = [];
    const precision = Math.max(1, margin * PRECISION);
    const set = (position: Position, timestamp: number) =>
      times.set(
        formatPosition(position),
        Math.max(0, Math.floor((timestamp - margin) / precision) * precision),
      );
    for (const position of positions) {
      const known = recent.timestampAt(position);
      if (known !== undefined) set(position, known);
      else if (position.offset >= (bounds.get(position.partition)?.start ?? 0)) unknown.push(position);
      else set(position, -Infinity);
    }
    const read = await this.timestampsInTopic(unknown);
    for (const position of unknown) set(position, read.get(formatPosition(position)) ?? -Infinity);
    return times;
  }

  /** When the records at the positions were appended, where there are any: read in a few ranges, of all partitions at once. */
  private async timestampsInTopic(positions: readonly Position[]): Promise<Map<string, number>> {
    const { log, topic } = this.options;
    const wanted = new Set(positions.map(formatPosition));
    const found = new Map<string, number>();
    const runs = rangesAround(positions);
    while (runs.length > 0) {
      const partitions = new Set<number>();
      const ranges = runs.filter(({ partition }) => !partitions.has(partition) && partitions.add(partition));
      for (const range of ranges) runs.splice(runs.indexOf(range), 1);
      for await (const { records } of log.read(topic, { ranges })) {
        for (const record of records) {
          const key = formatPosition(record);
          if (wanted.has(key)) found.set(key, record.timestamp);
        }
      }
    }
    return found;
  }

  /** The first record of each partition that is not older, by time. What has not been read into memory yet is delivered live. */
  private async offsetsAt(times: readonly number[]): Promise<Map<number, ReadonlyMap<number, number>>> {
    const { log, topic, recent } = this.options;
    const found = new Map<number, ReadonlyMap<number, number>>();
    const distinct = [...new Set(times)];
    for (let at = 0; at < distinct.length; at += AT_ONCE) {
      const asked = distinct.slice(at, at + AT_ONCE).map(async (time) => {
        const offsets = await log.positionsAt(topic, time);
        found.set(
          time,
          new Map(
            offsets.map((each) => [each.partition, Math.min(each.offset, recent.next(each.partition))]),
          ),
        );
      });
      await Promise.all(asked);
    }
    return found;
  }
}

/** Ranges that hold the positions, and not much else. */
export function rangesAround(positions: readonly Position[]): PartitionBounds[] {
  const sorted = [...positions].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  const ranges: PartitionBounds[] = [];
  for (const { partition, offset } of sorted) {
    const last = ranges.at(-1);
    if (last?.partition === partition && offset - last.end <= NEAR)
      ranges[ranges.length - 1] = { ...last, end: offset + 1 };
    else ranges.push({ partition, start: offset, end: offset + 1 });
  }
  return ranges;
}
