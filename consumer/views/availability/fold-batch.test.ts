import type { LibraryEvent } from '../../../schemas/generated/events';
import { unknownBook } from '../../domain/book';
import { eventKey, foldBatch } from './fold-batch';

const added = (bookId: string, eventId: string, offset: number) => ({
  event: { type: 'CopyAdded', eventId, occurredAt: 0, bookId, copyId: `c${offset}` } as LibraryEvent,
  position: { partition: 0, offset },
  timestamp: 0,
});

test('an event is known again by its ID and its book, whether it was there before the batch or comes twice in it', () => {
  const books = new Map(['emma', 'dune', 'ulysses'].map((bookId) => [bookId, unknownBook(bookId)]));
  const events = [
    added('emma', 'one', 0),
    added('dune', 'one', 1),
    added('ulysses', 'one', 2),
    added('dune', 'one', 3),
    added('ulysses', 'one', 4),
    added('emma', 'one', 5),
    added('emma', 'two', 6),
    added('dune', 'two', 7),
  ];
  const seen = new Set([eventKey({ eventId: 'two', bookId: 'emma' })]);
  const { history } = foldBatch(events, books, seen, () => ({ pickupWindow: 1 }));
  expect(history.map(({ position }) => position.offset)).toEqual([0, 1, 2, 7]);
});
