import fc from 'fast-check';
import { partitionOf } from '../../infra/event-log/murmur2';
import { FencedError, type BatchContext, type LogBatch, type LogRecord } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { LibraryEvent } from '../../schemas/generated/events';
import { BatchProjector } from './batch-projector';
import type { PartitionState } from './checkpoint';
import type { DeadLetter } from './dead-letter-sink';
import type { CheckpointAdvance, Projection, ProjectionBatch, RetryAdvance } from './projection';
import type { SetAsideRecord } from './set-aside-record';

/** Streams of good and bad records of one partition, and a view in memory, for tests of what is set aside. */

export const logger = createLogger('silent');
export const PARTITIONS = 4;
const PARTITION = 1;
/** Books of one partition. */
export const BOOKS = Array.from({ length: 100 }, (_, i) => `book-${i}`)
  .filter((bookId) => partitionOf(Buffer.from(bookId), PARTITIONS) === PARTITION)
  .slice(0, 4);

/** What a record is: fine, impossible to decode, or such that the view fails on it. */
export type Kind = 'fine' | 'garbage' | 'breaks';

export const record = (offset: number, bookId: string, kind: Kind): LogRecord => ({
  partition: PARTITION,
  offset,
  timestamp: offset,
  key: Buffer.from(bookId),
  value: Buffer.from(`${kind} ${bookId} ${offset}`),
  headers: {},
});

/** Decodes the values that `record` writes, unless they are garbage; with `knowsAll` that too. */
export class TextDecoder implements Decoder<LibraryEvent> {
  knowsAll = false;
  learn = () => Promise.resolve();
  decode(value: Buffer | null): LibraryEvent {
    const [kind, bookId, offset] = String(value).split(' ');
    if (kind === 'garbage' && !this.knowsAll) throw new UndecodableError('garbage');
    return { type: 'CopyAdded', eventId: `${kind} ${offset}`, occurredAt: 0, bookId: bookId!, copyId: 'c' };
  }
}

/** Holds the offsets of the events of each book. Stores what is set aside and the checkpoint with them. */
export class MemoryView implements Projection<LibraryEvent> {
  readonly consumer = 'test';
  readonly books = new Map<string, number[]>();
  readonly dead = new Map<number, SetAsideRecord>();
  /** From where on the records of a book wait, and how many are parked. */
  readonly held = new Map<string, { readonly fromOffset: number; readonly parked: number }>();
  state: PartitionState = { offset: 0, epoch: 0, blocked: new Set() };
  mended = false;
  /** How many batches were stored. */
  stored = 0;

  project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    if (batch.epoch !== this.state.epoch) return Promise.reject(new FencedError('another epoch'));
    if ('revived' in batch ? !this.isAsHeld(batch.books) : batch.fromOffset !== this.state.offset)
      return Promise.reject(new FencedError('it was moved on'));
    if (!this.mended && batch.events.some(({ event }) => event.eventId.startsWith('breaks')))
      return Promise.reject(new TypeError('the view breaks'));
    this.stored += 1;
    for (const { event, position } of batch.events)
      this.books.set(event.bookId, [...(this.books.get(event.bookId) ?? []), position.offset]);
    for (const each of batch.setAside ?? [])
      if (each.status === 'dead') this.dead.set(each.record.offset, each);
    if ('revived' in batch) this.advanceHeld(batch);
    else this.hold(batch);
    return Promise.resolve();
  }

  forget(): void {}

  release(bookIds: readonly string[]): void {
    for (const bookId of bookIds) this.held.delete(bookId);
    this.state = { ...this.state, epoch: this.state.epoch + 1, blocked: new Set(this.held.keys()) };
  }

  private isAsHeld(books: RetryAdvance['books']): boolean {
    return books.every(({ bookId, fromOffset }) => this.held.get(bookId)?.fromOffset === fromOffset);
  }

  private advanceHeld({ books, revived }: RetryAdvance): void {
    for (const { bookId, nextOffset, parked } of books)
      this.held.set(bookId, { fromOffset: nextOffset, parked: this.held.get(bookId)!.parked - parked });
    for (const offset of revived) this.dead.delete(offset);
  }

  private hold({ setAside = [], nextOffset }: CheckpointAdvance): void {
    for (const { record, bookId, status } of setAside) {
      if (bookId === null) continue;
      const { fromOffset, parked } = this.held.get(bookId) ?? { fromOffset: record.offset, parked: 0 };
      this.held.set(bookId, { fromOffset, parked: parked + (status === 'parked' ? 1 : 0) });
    }
    this.state = { ...this.state, offset: nextOffset, blocked: new Set(this.held.keys()) };
  }
}

export type Entry = readonly [bookId: string, kind: Kind];

/** Any stream, one entry an offset, and the sizes of the batches in which it is read, in turn. */
export const streams: fc.Arbitrary<Entry[]> = fc.array(
  fc.tuple(
    fc.constantFrom(...BOOKS),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<Kind>('fine') },
      { weight: 1, arbitrary: fc.constantFrom<Kind>('garbage', 'breaks') },
    ),
  ),
  { maxLength: 60 },
);
export const batchSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

export const context: BatchContext = {
  heartbeat: () => Promise.resolve(),
  signal: new AbortController().signal,
};

/** The records from offset 0 on as batches of these sizes, in turn. */
export function batchesOf(records: readonly LogRecord[], sizes: readonly number[]): LogBatch[] {
  const batches: LogBatch[] = [];
  for (let at = 0, i = 0; at < records.length; i += 1) {
    const size = sizes[i % sizes.length]!;
    const part = records.slice(at, at + size);
    const [fromOffset, nextOffset] = [at, at + part.length];
    batches.push({ partition: PARTITION, fromOffset, nextOffset, endOffset: records.length, records: part });
    at = nextOffset;
  }
  return batches;
}

/** Projects a stream into a new view. @returns the view, the decoder, the dead letters that were published, and in how many appends */
export async function projectStream(entries: readonly Entry[], sizes: readonly number[], batchSize: number) {
  const records = entries.map(([bookId, kind], offset) => record(offset, bookId, kind));
  const view = new MemoryView();
  const decoder = new TextDecoder();
  const published: DeadLetter[] = [];
  let appends = 0;
  const keep = (_: string, deadLetters: readonly DeadLetter[]) => {
    appends += 1;
    return Promise.resolve(void published.push(...deadLetters));
  };
  const options = { topic: 't', partitions: PARTITIONS, projection: view, decoder, logger };
  const projector = new BatchProjector({ ...options, batchSize, deadLetters: { keep } });
  let state = view.state;
  for (const batch of batchesOf(records, sizes)) state = await projector.apply(batch, state, context);
  expect(state).toEqual(view.state);
  return { view, decoder, published, appends };
}
