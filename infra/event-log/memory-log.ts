import { randomUUID } from 'node:crypto';
import {
  assertWithin,
  UnknownTopicError,
  type Appender,
  type AttemptResult,
  type Log,
  type LogBatch,
  type PartitionBounds,
  type PartitionRecords,
  type Position,
  type ReadOptions,
  type SubscribeOptions,
  type Subscription,
} from './log';
import { appendAll } from './append-all';
import { MemoryGroup } from './memory-group';
import { MemoryTopic } from './memory-topic';

/**
 * The log in memory, for tests. Keys are assigned to partitions by Kafka's hash; the members of a group share the partitions
 * within this process. Topics must be created first.
 */
export class MemoryLog implements Log {
  private readonly topics = new Map<string, MemoryTopic>();
  private readonly groups = new Map<string, MemoryGroup>();
  private readonly id = randomUUID();

  createTopic(name: string, partitions: number): void {
    this.topics.set(name, new MemoryTopic(name, partitions));
  }

  createAppender(): Appender {
    let busy = false;
    const attempt: Appender['attempt'] = (topic, batches, { onWire }) =>
      batches.map(async (batch) => {
        onWire?.(batch.partition);
        await new Promise((resolve) => setImmediate(resolve));
        return this.appendTo(topic, batch);
      });
    return {
      attempt,
      append: async (topic, records) => {
        if (busy) throw new Error('an appender takes one append at a time');
        busy = true;
        try {
          const partitions = this.topics.get(topic)?.partitions.length ?? 1;
          return await appendAll({ attempt }, topic, records, { partitions, timeout: Infinity });
        } finally {
          busy = false;
        }
      },
      close: () => Promise.resolve(),
    };
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const topic = this.topic(options.topic);
    const key = `${options.group}\n${options.topic}`;
    const group = this.groups.get(key) ?? new MemoryGroup(topic);
    this.groups.set(key, group);
    return group.join(options);
  }

  async *read(name: string, { ranges, signal }: ReadOptions): AsyncGenerator<LogBatch> {
    const topic = this.topic(name);
    const bounds = topic.bounds();
    const open = new Map(
      ranges.filter(({ start, end }) => start < end).map((range) => [range.partition, range]),
    );
    for (const { partition, start } of open.values()) {
      if (!bounds[partition]) throw new RangeError(`${name} has no partition ${partition}`);
      assertWithin(name, start, bounds[partition]);
    }
    const wake = () => topic.changed();
    signal?.addEventListener('abort', wake, { once: true });
    while (open.size > 0 && !signal?.aborted) {
      const change = topic.change();
      const batches = [...open.values()].map((range) =>
        topic.batchFrom(range.partition, range.start, range.end),
      );
      for (const batch of batches.filter((found) => found !== undefined)) {
        const range = open.get(batch.partition)!;
        if (batch.nextOffset >= range.end) open.delete(batch.partition);
        else open.set(batch.partition, { ...range, start: batch.nextOffset });
        yield batch;
      }
      if (batches.every((batch) => batch === undefined)) await change;
    }
    signal?.removeEventListener('abort', wake);
  }

  async bounds(topic: string): Promise<PartitionBounds[]> {
    return this.topic(topic).bounds();
  }

  async positionsAt(topic: string, time: number): Promise<Position[]> {
    return this.topic(topic).positionsAt(time);
  }

  identity(): Promise<string> {
    return Promise.resolve(this.id);
  }

  async topicId(topic: string): Promise<string> {
    return this.topic(topic).id;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private appendTo(name: string, { partition, records }: PartitionRecords): AttemptResult {
    const topic = this.topics.get(name);
    if (!topic) return { kind: 'not-appended', error: new Error(`topic ${name} is not there`) };
    const baseOffset = topic.partitions[partition]!.length;
    for (const record of records) topic.append(record);
    topic.changed();
    return { kind: 'appended', baseOffset };
  }

  private topic(name: string): MemoryTopic {
    const topic = this.topics.get(name);
    if (!topic) throw new UnknownTopicError(name);
    return topic;
  }
}
