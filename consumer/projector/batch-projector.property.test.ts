import fc from 'fast-check';
import { batchSizes, BOOKS, projectStream, streams } from './testing';

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
          const aside = view.setAsideOf(bookId);
          expect(aside.map((each) => each.record.offset)).toEqual(
            own.slice(projected.length).map(({ offset }) => offset),
          );
          expect(aside.filter(({ status }) => status === 'dead')).toHaveLength(bad === -1 ? 0 : 1);
        }
        const dead = [...view.setAside.values()].filter(({ status }) => status === 'dead');
        expect(new Set(published.map((each) => each.record.offset))).toEqual(
          new Set(dead.map((each) => each.record.offset)),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});
