import fc from 'fast-check';
import { BatchProjector } from './batch-projector';
import {
  batchesOf,
  batchSizes,
  BOOKS,
  context,
  logger,
  MemoryView,
  PARTITIONS,
  projectStream,
  record,
  streams,
  TextDecoder,
  type Entry,
} from './testing';

test('of any stream, each book is projected up to its first bad record, and the rest of it is set aside in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      streams,
      batchSizes,
      fc.integer({ min: 1, max: 7 }),
      async (entries, sizes, batchSize) => {
        const { view, published } = await projectStream(entries, sizes, batchSize);
        for (const bookId of BOOKS) {
          const own = entries.flatMap(([of, kind], offset) => (of === bookId ? [{ offset, kind }] : []));
          const bad = own.findIndex(({ kind }) => kind !== 'fine');
          const projected = bad === -1 ? own : own.slice(0, bad);
          expect(view.books.get(bookId) ?? []).toEqual(projected.map(({ offset }) => offset));
          const held = view.held.get(bookId);
          expect(held?.fromOffset).toBe(own[bad]?.offset);
          expect(held?.parked).toBe(bad === -1 ? undefined : own.length - bad - 1);
          const dead = [...view.dead.values()].filter((each) => each.bookId === bookId);
          expect(dead.map(({ record }) => record.offset)).toEqual(bad === -1 ? [] : [own[bad]!.offset]);
        }
        expect(new Set(published.map((each) => each.record.offset))).toEqual(new Set(view.dead.keys()));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a flood of dead records of different books is stored and published in batches', async () => {
  const entries = Array.from({ length: 10_000 }, (_, n): Entry => [`book-${n}`, 'garbage']);
  const { view, published, appends } = await projectStream(entries, [2_500], 1_000);
  expect(view.dead.size).toBe(10_000);
  expect(published).toHaveLength(10_000);
  // Each batch of 2,500 in parts of 1,000.
  expect([view.stored, appends]).toEqual([12, 12]);
});

test('one event that the view cannot store among a thousand is found by halves', async () => {
  const entries = Array.from({ length: 1_000 }, (_, n): Entry => [
    BOOKS[n % 4]!,
    n === 700 ? 'breaks' : 'fine',
  ]);
  const { view } = await projectStream(entries, [1_000], 1_000);
  expect([...view.dead.keys()]).toEqual([700]);
  expect(view.stored).toBeLessThan(15);
});

test('a transaction has no more records, and no more bytes, than it may; a record that is larger has one of its own', async () => {
  const view = new MemoryView();
  const sizes: number[] = [];
  const project = view.project.bind(view);
  view.project = (batch) => {
    sizes.push(batch.events.length);
    return project(batch);
  };
  const [book] = BOOKS as [string];
  const records = Array.from({ length: 10 }, (_, offset) => record(offset, book, 'fine'));
  const [batch] = batchesOf(records, [10]);
  const bytes = book.length + records[0]!.value!.length;
  const options = {
    topic: 't',
    partitions: PARTITIONS,
    projection: view,
    decoder: new TextDecoder(),
    logger,
  };
  const apply = async (limits: { batchSize: number; batchBytes: number }) => {
    view.state = { ...view.state, offset: 0 };
    await new BatchProjector({ ...options, ...limits }).apply(batch!, view.state, context);
    return sizes.splice(0);
  };
  expect(await apply({ batchSize: 4, batchBytes: 1_000 })).toEqual([4, 4, 2]);
  expect(await apply({ batchSize: 9, batchBytes: 3 * bytes })).toEqual([3, 3, 3, 1]);
  expect(await apply({ batchSize: 9, batchBytes: bytes - 1 })).toEqual(Array.from({ length: 10 }, () => 1));
});
