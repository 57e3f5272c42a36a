import fc from 'fast-check';
import { partitionOf } from '../../infra/event-log/murmur2';
import type { LogBatch, LogRecord } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { LibraryEvent } from '../../schemas/generated/events';
import { BatchProjector } from './batch-projector';
import type { DeadLetter } from '../dead-letters/dead-letter-topic';
import type { SetAsideRecord } from './set-aside-record';
import type { PartitionState } from './checkpoint';
import type { Projection, ProjectionBatch } from './projection';
import { DeadLetterRetrier } from '../dead-letters/dead-letter-retrier';

const logger = createLogger('silent');
const PARTITIONS = 4;
const PARTITION = 1;
/** Books of one partition. */
const BOOKS = Array.from({ length: 100 }, (_, i) => `book-${i}`)
  .filter((bookId) => partitionOf(Buffer.from(bookId), PARTITIONS) === PARTITION)
  .slice(0, 4);

/** What a record is: fine, not to be decoded, or such as the view breaks on. */
type Kind = 'fine' | 'garbage' | 'breaks';

const record = (offset: number, bookId: string, kind: Kind): LogRecord => ({
  partition: PARTITION,
  offset,
  timestamp: offset,
  key: Buffer.from(bookId),
  value: Buffer.from(`${kind} ${bookId} ${offset}`),
  headers: {},
});

/** Reads the values that `record` writes, as long as they are not garbage; later it can read that too. */
class TextDecoder implements Decoder<LibraryEvent> {
  knowsAll = false;
  learn = () => Promise.resolve();
  decode(value: Buffer | null): LibraryEvent {
    const [kind, bookId, offset] = String(value).split(' ');
    if (kind === 'garbage' && !this.knowsAll) throw new UndecodableError('garbage');
    return { type: 'CopyAdded', eventId: `${kind} ${offset}`, occurredAt: 0, bookId: bookId!, copyId: 'c' };
  }
}

/** A view that holds the offsets of the events of each book, and keeps letters and position in the same step. */
class View implements Projection<LibraryEvent> {
  readonly consumer = 'test';
  readonly books = new Map<string, number[]>();
  readonly letters = new Map<number, SetAsideRecord>();
  state: PartitionState = { offset: 0, epoch: 0, blocked: new Set() };
  mended = false;

  project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    const { fromOffset, epoch, events, letters = [], released = [], nextOffset, nextEpoch = epoch } = batch;
    expect([fromOffset, epoch]).toEqual([this.state.offset, this.state.epoch]);
    if (!this.mended && events.some(({ event }) => event.eventId.startsWith('breaks')))
      return Promise.reject(new TypeError('the view breaks'));
    for (const { event, position } of events) {
      this.books.set(event.bookId, [...(this.books.get(event.bookId) ?? []), position.offset]);
    }
    for (const letter of letters) this.letters.set(letter.record.offset, letter);
    for (const offset of released) this.letters.delete(offset);
    const books = [...this.letters.values()].flatMap(({ bookId }) => (bookId === null ? [] : [bookId]));
    this.state = { offset: nextOffset, epoch: nextEpoch, blocked: new Set(books) };
    return Promise.resolve();
  }
  forget(): void {}
}

const streams = fc.array(
  fc.tuple(
    fc.constantFrom(...BOOKS),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<Kind>('fine') },
      { weight: 1, arbitrary: fc.constantFrom<Kind>('garbage', 'breaks') },
    ),
  ),
  { maxLength: 60 },
);
const context = { heartbeat: () => Promise.resolve(), signal: new AbortController().signal };

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

test('of any stream, each book is taken up to its first bad record, the rest of it is set aside in order, and a retry completes it', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(streams, sizes, fc.integer({ min: 1, max: 7 }), async (entries, cuts, batchSize) => {
      const records = entries.map(([bookId, kind], offset) => record(offset, bookId, kind));
      const view = new View();
      const decoder = new TextDecoder();
      const shown: DeadLetter[] = [];
      const keep = (_: string, burials: readonly DeadLetter[]) =>
        Promise.resolve(void shown.push(...burials));
      const options = { topic: 't', partitions: PARTITIONS, projection: view, decoder, logger };
      const applier = new BatchProjector({ ...options, batchSize, deadLetters: { keep } });
      let state = view.state;
      for (const batch of batchesOf(records, cuts)) state = await applier.apply(batch, state, context);
      expect(state).toEqual(view.state);

      for (const bookId of BOOKS) {
        const own = entries.flatMap(([of, kind], offset) => (of === bookId ? [{ offset, kind }] : []));
        const bad = own.findIndex(({ kind }) => kind !== 'fine');
        const taken = bad === -1 ? own : own.slice(0, bad);
        expect(view.books.get(bookId) ?? []).toEqual(taken.map(({ offset }) => offset));
        const aside = [...view.letters.values()].filter((letter) => letter.bookId === bookId);
        expect(aside.map((letter) => letter.record.offset).sort((a, b) => a - b)).toEqual(
          own.slice(taken.length).map(({ offset }) => offset),
        );
        expect(aside.filter(({ status }) => status === 'dead')).toHaveLength(bad === -1 ? 0 : 1);
      }
      const dead = [...view.letters.values()].filter(({ status }) => status === 'dead');
      expect(new Set(shown.map((burial) => burial.record.offset))).toEqual(
        new Set(dead.map((letter) => letter.record.offset)),
      );

      decoder.knowsAll = true;
      view.mended = true;
      const retrier = new DeadLetterRetrier({ ...options });
      for (const bookId of view.state.blocked) {
        const letters = [...view.letters.values()]
          .filter((letter) => letter.bookId === bookId)
          .sort((a, b) => a.record.offset - b.record.offset);
        const { epoch, offset } = view.state;
        expect(await retrier.retry(letters, view.state, context)).toEqual({ released: letters.length });
        expect(view.state).toMatchObject({ epoch: epoch + 1, offset });
      }
      expect(view.letters.size).toBe(0);
      for (const bookId of BOOKS) {
        expect(view.books.get(bookId) ?? []).toEqual(
          entries.flatMap(([of], offset) => (of === bookId ? [offset] : [])),
        );
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a retry takes what it can, up to what still cannot be taken, wherever that is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      fc.boolean(),
      async (count, where, breaks) => {
        const bad = where % count;
        const view = new View();
        const kind = (offset: number): Kind => (offset !== bad ? 'fine' : breaks ? 'breaks' : 'garbage');
        const letters = Array.from({ length: count }, (_, offset): SetAsideRecord => ({
          record: record(offset, BOOKS[0]!, kind(offset)),
          bookId: BOOKS[0]!,
          status: 'parked',
          reason: null,
        }));
        for (const letter of letters) view.letters.set(letter.record.offset, letter);
        const retrier = new DeadLetterRetrier({
          partitions: PARTITIONS,
          projection: view,
          decoder: new TextDecoder(),
          logger,
        });
        let at = 0;
        for (;;) {
          const { released, failed } = await retrier.retry(letters.slice(at), view.state, context);
          at += released;
          if (failed) break;
        }
        expect(view.books.get(BOOKS[0]!) ?? []).toEqual(Array.from({ length: bad }, (_, offset) => offset));
        expect([...view.letters.values()].map(({ status }) => status)).toEqual(
          Array.from({ length: count - bad }, (_, i) => (i === 0 ? 'dead' : 'parked')),
        );
      },
    ),
  );
});
