import { randomUUID } from 'node:crypto';
import { partitionOf } from './murmur2';
import type { LogBatch, LogRecord, OutgoingRecord, PartitionBounds, Position } from './log';

const BATCH_RECORDS = 500;

/** The records of one topic, by partition, and the readers that wait for more. */
export class MemoryTopic {
  readonly id = randomUUID();
  readonly partitions: LogRecord[][];
  private waiting: (() => void)[] = [];

  constructor(
    readonly name: string,
    partitions: number,
  ) {
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  append({ key, value, headers }: OutgoingRecord): Position {
    const partition = partitionOf(Buffer.from(key), this.partitions.length);
    const records = this.partitions[partition]!;
    const position = { partition, offset: records.length };
    const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
    records.push({
      ...position,
      timestamp: Date.now(),
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: Object.fromEntries(bytes),
    });
    return position;
  }

  /** The records from the offset on; undefined if there are none. */
  batchFrom(partition: number, offset: number, end = Infinity): LogBatch | undefined {
    const all = this.partitions[partition]!;
    const records = all.slice(offset, Math.min(end, offset + BATCH_RECORDS));
    if (records.length === 0) return undefined;
    return {
      partition,
      fromOffset: offset,
      nextOffset: offset + records.length,
      endOffset: all.length,
      records,
    };
  }

  bounds(): PartitionBounds[] {
    return this.partitions.map(({ length }, partition) => ({ partition, start: 0, end: length }));
  }

  positionsAt(time: number): Position[] {
    return this.partitions.map((records, partition) => {
      const found = records.findIndex(({ timestamp }) => timestamp >= time);
      return { partition, offset: found === -1 ? records.length : found };
    });
  }

  /** Wakes the waiting readers: there are new records, or another reason to check. */
  changed(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next call of `changed`. */
  change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
