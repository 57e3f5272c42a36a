import fc from 'fast-check';
import { partitionOf } from '../../infra/event-log/murmur2';
import type { BatchContext, LogBatch, LogRecord } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { LibraryEvent } from '../../schemas/generated/events';
import { BatchProjector } from './batch-projector';
import type { PartitionState } from './checkpoint';
import type { DeadLetter } from './dead-letter-sink';
import type { Projection, ProjectionBatch } from './projection';
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

/** Holds the offsets of the events of each book. Stores set-aside records and the checkpoint with them. */
export class MemoryView implements Projection<LibraryEvent> {
  readonly consumer = 'test';
  readonly books = new Map<string, number[]>();
  readonly setAside = new Map<number, SetAsideRecord>();
  state: PartitionState = { offset: 0, epoch: 0, blocked: new Set() };
  mended = false;

  project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    const { fromOffset, epoch, events, setAside = [], released = [], nextOffset, nextEpoch = epoch } = batch;
    expect([fromOffset, epoch]).toEqual([this.state.offset, this.state.epoch]);
    if (!this.mended && events.some(({ event }) => event.eventId.startsWith('breaks')))
      return Promise.reject(new TypeError('the view breaks'));
    for (const { event, position } of events) {
      this.books.set(event.bookId, [...(this.books.get(event.bookId) ?? []), position.offset]);
    }
    for (const each of setAside) this.setAside.set(each.record.offset, each);
    for (const offset of released) this.setAside.delete(offset);
    const books = [...this.setAside.values()].flatMap(({ bookId }) => (bookId === null ? [] : [bookId]));
    this.state = { offset: nextOffset, epoch: nextEpoch, blocked: new Set(books) };
    return Promise.resolve();
  }
  forget(): void {}

  /** What is set aside of a book, in the order of the stream. */
  setAsideOf(bookId: string): SetAsideRecord[] {
    return [...this.setAside.values()]
      .filter((each) => each.bookId === bookId)
      .sort((a, b) => a.record.offset - b.record.offset);
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

function batchesOf(records: readonly LogRecord[], sizes: readonly number[]): LogBatch[] {
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

/** Projects a stream into a new view. @returns the view, the decoder, and the dead letters that were published */
export async function projectStream(entries: readonly Entry[], sizes: readonly number[], batchSize: number) {
  const records = entries.map(([bookId, kind], offset) => record(offset, bookId, kind));
  const view = new MemoryView();
  const decoder = new TextDecoder();
  const published: DeadLetter[] = [];
  const keep = (_: string, deadLetters: readonly DeadLetter[]) =>
    Promise.resolve(void published.push(...deadLetters));
  const options = { topic: 't', partitions: PARTITIONS, projection: view, decoder, logger };
  const projector = new BatchProjector({ ...options, batchSize, deadLetters: { keep } });
  let state = view.state;
  for (const batch of batchesOf(records, sizes)) state = await projector.apply(batch, state, context);
  expect(state).toEqual(view.state);
  return { view, decoder, published };
}
