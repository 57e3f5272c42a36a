import fc from 'fast-check';
import { BatchProjector } from '../projector/batch-projector';
import {
  batchesOf,
  batchSizes,
  BOOKS,
  context,
  logger,
  PARTITIONS,
  projectStream,
  record,
  streams,
  type Entry,
} from '../projector/testing';
import { retryAll } from './testing';

const recordsOf = (entries: readonly Entry[]) =>
  entries.map(([bookId, kind], offset) => record(offset, bookId, kind));
const offsetsOf = (bookId: string, entries: readonly Entry[]) =>
  entries.flatMap(([of], offset) => (of === bookId ? [offset] : []));

test('of any stream, once its records can be projected, a retry completes each book in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      streams,
      batchSizes,
      fc.integer({ min: 1, max: 7 }),
      async (entries, sizes, batchSize) => {
        const { view, decoder } = await projectStream(entries, sizes, batchSize);
        decoder.knowsAll = true;
        view.mended = true;
        const { offset } = view.state;
        const heldUp = view.held.size;
        const retried = await retryAll(view, decoder, batchesOf(recordsOf(entries), sizes), batchSize);
        expect(retried.filter(({ failed }) => failed)).toEqual([]);
        expect(view.state).toEqual({ offset, epoch: heldUp > 0 ? 1 : 0, blocked: new Set() });
        expect([view.held.size, view.dead.size]).toEqual([0, 0]);
        for (const bookId of BOOKS) expect(view.books.get(bookId) ?? []).toEqual(offsetsOf(bookId, entries));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('of any stream, a retry while the projector goes on loses, repeats and reorders nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      streams,
      streams,
      batchSizes,
      fc.integer({ min: 1, max: 7 }),
      async (before, meanwhile, sizes, batchSize) => {
        const { view, decoder } = await projectStream(before, sizes, batchSize);
        decoder.knowsAll = true;
        view.mended = true;
        const entries = [...before, ...meanwhile];
        const batches = batchesOf(recordsOf(entries), sizes);
        const options = { topic: 't', partitions: PARTITIONS, projection: view, decoder, logger };
        const projector = new BatchProjector({ ...options, batchSize });
        const projectNext = async () => {
          const next = batches.find(({ nextOffset }) => nextOffset > view.state.offset);
          if (!next) return;
          const { offset: fromOffset } = view.state;
          const records = next.records.filter(({ offset }) => offset >= fromOffset);
          await projector.apply({ ...next, fromOffset, records }, view.state, context);
        };
        await retryAll(view, decoder, batches, batchSize, projectNext);
        while (view.state.offset < entries.length) await projectNext();
        for (const bookId of BOOKS) expect(view.books.get(bookId) ?? []).toEqual(offsetsOf(bookId, entries));
        expect([view.held.size, view.dead.size]).toEqual([0, 0]);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('of any stream, a retry in which nothing has changed projects nothing and leaves all as it was', async () => {
  await fc.assert(
    fc.asyncProperty(streams, batchSizes, async (entries, sizes) => {
      const { view, decoder } = await projectStream(entries, sizes, 5);
      const [held, dead] = [new Map(view.held), [...view.dead.keys()]];
      const retried = await retryAll(view, decoder, batchesOf(recordsOf(entries), sizes), 5);
      expect(retried.map(({ applied, failed }) => [applied, failed === undefined])).toEqual(
        retried.map(() => [0, false]),
      );
      expect(view.held).toEqual(held);
      expect([...view.dead.keys()]).toEqual(dead);
    }),
  );
});

test('a retry projects what it can, up to the record that still cannot be projected, wherever that is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 12 }),
      fc.nat(),
      fc.boolean(),
      async (count, where, breaks) => {
        const bad = 1 + (where % (count - 1));
        const book = BOOKS[0]!;
        const entries = Array.from({ length: count }, (_, at): Entry => [
          book,
          at === 0 ? 'garbage' : 'fine',
        ]);
        const { view, decoder } = await projectStream(entries, [count], count);
        const records = recordsOf(entries).map(({ offset }) =>
          record(offset, book, offset !== bad ? 'fine' : breaks ? 'breaks' : 'garbage'),
        );
        const [held] = await retryAll(view, decoder, batchesOf(records, [3]), 4);
        expect(held).toMatchObject({ applied: bad, fromOffset: bad, failed: { record: { offset: bad } } });
        expect(view.books.get(book)).toEqual(Array.from({ length: bad }, (_, offset) => offset));
        expect(view.held.get(book)).toEqual({ fromOffset: bad, parked: count - bad - 1 });
        expect([...view.dead.keys()]).toEqual([bad]);
      },
    ),
  );
});
