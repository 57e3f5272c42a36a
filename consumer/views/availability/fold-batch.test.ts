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

test('each outcome belongs to the trace of its event, and to none where that has none', () => {
  const books = new Map(['emma', 'dune'].map((bookId) => [bookId, unknownBook(bookId)]));
  const reserved = (bookId: string, offset: number, traceparent?: string) => ({
    event: {
      type: 'BookReserved',
      eventId: `e${offset}`,
      occurredAt: 0,
      bookId,
      reservationId: `r${offset}`,
      userId: `u${offset}`,
    } as LibraryEvent,
    position: { partition: 0, offset },
    timestamp: 0,
    traceparent,
  });
  const events = [
    reserved('emma', 0, 'one'),
    reserved('dune', 1),
    { ...added('emma', 'copy', 2), traceparent: 'two' },
    reserved('dune', 3, 'three'),
  ];
  const { outbox } = foldBatch(events, books, new Set(), () => ({ pickupWindow: 1 }));
  expect(outbox.map(({ offset, traceparent }) => [offset, traceparent])).toEqual([
    [0, 'one'],
    [1, undefined],
    [3, 'three'],
  ]);
});
