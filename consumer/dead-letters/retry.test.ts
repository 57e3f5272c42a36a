import type { MemoryLog } from '../../infra/event-log/memory-log';
import {
  batchesOf,
  BOOKS,
  context,
  logger,
  PARTITIONS,
  projectStream,
  record,
  type Entry,
} from '../projector/testing';
import { DeadLetterRetrier } from './dead-letter-retrier';
import { retryDeadLetters } from './retry';
import { heldBooksOf } from './testing';

/** Every book has an event, a bad record, and another event. */
const ENTRIES = [...BOOKS, ...BOOKS, ...BOOKS].map((bookId, at): Entry => [
  bookId,
  at >= BOOKS.length && at < 2 * BOOKS.length ? 'garbage' : 'fine',
]);

test('however many books are held up, the topic is read once, from the oldest record that waits', async () => {
  const { view, decoder } = await projectStream(ENTRIES, [5], 5);
  decoder.knowsAll = true;
  const records = ENTRIES.map(([bookId, kind], offset) => record(offset, bookId, kind));
  const [batch] = batchesOf(records, [records.length]);
  const starts: number[] = [];
  const log: Pick<MemoryLog, 'read'> = {
    async *read(_, { ranges: [range] }) {
      starts.push(range!.start);
      yield { ...batch!, fromOffset: range!.start, records: records.slice(range!.start) };
    },
  };
  const units = [...view.held].map(([bookId, { fromOffset }]) => ({
    ...{ consumer: 'test', topic: 't', partition: batch!.partition, bookId },
    offset: fromOffset,
  }));
  const retried = await retryDeadLetters(units, {
    ...{ log, topic: 't', signal: context.signal },
    heldBooks: heldBooksOf(view),
    retrier: new DeadLetterRetrier({ partitions: PARTITIONS, projection: view, decoder, logger }),
    checkpoints: { stateOf: () => Promise.resolve(view.state) },
    hold: () => Promise.resolve(undefined),
    discarded: () => Promise.resolve(new Set()),
  });
  expect(retried.map(({ unit, applied, failed }) => [unit.bookId, applied, failed])).toEqual(
    BOOKS.map((bookId) => [bookId, 2, undefined]),
  );
  expect(starts).toEqual([BOOKS.length]);
  expect(view.held.size).toBe(0);
});
