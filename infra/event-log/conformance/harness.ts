import { waitUntil } from '../../local/wait';
import {
  FencedError,
  type BatchContext,
  type Log,
  type LogBatch,
  type LogRecord,
  type OutgoingRecord,
  type PartitionBounds,
  type Position,
  type SubscribeOptions,
} from '../log';

/** An adapter under test. */
export interface LogHarness {
  readonly log: Log;
  /** Creates an empty topic that no other test uses, and returns its name. */
  createTopic(partitions: number): Promise<string>;
  close(): Promise<void>;
}

export function record(
  key: string,
  value: string | Buffer,
  headers: Record<string, string> = {},
): OutgoingRecord {
  return { key, value: Buffer.from(value), headers };
}

/** Records `<prefix>0` to `<prefix>n-1`, each with a key of its own. */
export function records(count: number, prefix = 'r'): OutgoingRecord[] {
  return Array.from({ length: count }, (_, i) => record(`key-${prefix}${i}`, `${prefix}${i}`));
}

/** Appends with a new appender. */
export async function append(
  log: Log,
  topic: string,
  outgoing: readonly OutgoingRecord[],
): Promise<Position[]> {
  const appender = log.createAppender();
  try {
    const positions = await appender.append(topic, outgoing);
    if (positions.includes(undefined)) throw new Error('a record was not acknowledged');
    return positions as Position[];
  } finally {
    await appender.close();
  }
}

/** Reads the ranges to their end, or the whole topic as it is now. */
export async function readAll(
  log: Log,
  topic: string,
  ranges?: readonly PartitionBounds[],
): Promise<LogBatch[]> {
  const batches: LogBatch[] = [];
  for await (const batch of log.read(topic, { ranges: ranges ?? (await log.bounds(topic)) }))
    batches.push(batch);
  return batches;
}

export const valuesOf = (batches: readonly LogBatch[]): string[] =>
  batches.flatMap((batch) => batch.records.map(({ value }) => String(value)));

/** A consumer as our views are: stores the position with the effects, and refuses a batch that does not begin there. */
export class Keeper {
  readonly stored: Map<number, number>;
  readonly handled: LogRecord[] = [];
  readonly batches: LogBatch[] = [];
  readonly asked: number[] = [];
  readonly assigned: (readonly number[])[] = [];
  readonly fatal: Error[] = [];

  /** @param stored the positions; shared by the members of one group */
  constructor(stored: Map<number, number> = new Map()) {
    this.stored = stored;
  }

  get values(): string[] {
    return this.handled.map(({ value }) => String(value));
  }

  options(topic: string, group: string, overrides: Partial<SubscribeOptions> = {}): SubscribeOptions {
    return {
      topic,
      group,
      concurrency: 3,
      positionOf: (partition) => {
        this.asked.push(partition);
        return Promise.resolve(this.stored.get(partition) ?? 0);
      },
      handle: (batch, context) => this.handle(batch, context),
      onAssigned: (partitions) => this.assigned.push(partitions),
      onFatal: (error) => this.fatal.push(error),
      ...overrides,
    };
  }

  async handle(batch: LogBatch, context: BatchContext): Promise<void> {
    const { partition, fromOffset, nextOffset } = batch;
    await context.heartbeat();
    if ((this.stored.get(partition) ?? 0) !== fromOffset)
      throw new FencedError('the position was advanced by another member');
    this.stored.set(partition, nextOffset);
    this.batches.push(batch);
    this.handled.push(...batch.records);
  }

  /** Resolves when so many records have been handled. */
  async has(count: number): Promise<void> {
    await until(() => this.handled.length >= count, `${count} records to be handled`);
  }
}

export function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  return waitUntil(condition, { what: `waited for ${what}, in vain,`, timeout: 60_000, every: 5 });
}
