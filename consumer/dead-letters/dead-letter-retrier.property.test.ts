import fc from 'fast-check';
import type { SetAsideRecord } from '../projector/set-aside-record';
import {
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
  type Kind,
} from '../projector/testing';
import { DeadLetterRetrier } from './dead-letter-retrier';

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
        const retrier = new DeadLetterRetrier({ partitions: PARTITIONS, projection: view, decoder, logger });
        for (const bookId of view.state.blocked) {
          const setAside = view.setAsideOf(bookId);
          const { epoch, offset } = view.state;
          expect(await retrier.retry(setAside, view.state, context)).toEqual({ released: setAside.length });
          expect(view.state).toMatchObject({ epoch: epoch + 1, offset });
        }
        expect(view.setAside.size).toBe(0);
        for (const bookId of BOOKS) {
          expect(view.books.get(bookId) ?? []).toEqual(
            entries.flatMap(([of], offset) => (of === bookId ? [offset] : [])),
          );
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a retry projects what it can, up to the record that still cannot be projected, wherever that is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      fc.boolean(),
      async (count, where, breaks) => {
        const bad = where % count;
        const view = new MemoryView();
        const kind = (offset: number): Kind => (offset !== bad ? 'fine' : breaks ? 'breaks' : 'garbage');
        const setAside = Array.from({ length: count }, (_, offset): SetAsideRecord => ({
          record: record(offset, BOOKS[0]!, kind(offset)),
          bookId: BOOKS[0]!,
          status: 'parked',
          reason: null,
        }));
        for (const each of setAside) view.setAside.set(each.record.offset, each);
        const retrier = new DeadLetterRetrier({
          partitions: PARTITIONS,
          projection: view,
          decoder: new TextDecoder(),
          logger,
        });
        let at = 0;
        for (;;) {
          const { released, failed } = await retrier.retry(setAside.slice(at), view.state, context);
          at += released;
          if (failed) break;
        }
        expect(view.books.get(BOOKS[0]!) ?? []).toEqual(Array.from({ length: bad }, (_, offset) => offset));
        expect([...view.setAside.values()].map(({ status }) => status)).toEqual(
          Array.from({ length: count - bad }, (_, i) => (i === 0 ? 'dead' : 'parked')),
        );
      },
    ),
  );
});
