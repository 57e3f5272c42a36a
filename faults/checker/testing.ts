import { unknownBook } from '../../consumer/domain/book';
import { anyEvents } from '../../consumer/domain/streams/testing';
import { noticeOf } from '../../consumer/notices/notice';
import type { PositionedEvent } from '../../consumer/projector/projection';
import { foldBatch } from '../../consumer/views/availability/fold-batch';
import type { LibraryEvent } from '../../schemas/generated/events';
import type fc from 'fast-check';
import type { Attempt, Operation, Read, RunHistory, Wanted } from '../history';

const BOOKS = ['moby-dick', 'emma'];
const DAY_MS = 86_400_000;

/**
 * Runs in which every promise was kept: some events of two books, each acknowledged once, in the order of the stream. The two
 * books share a partition.
 */
export const flawlessRuns: fc.Arbitrary<RunHistory> = anyEvents(BOOKS, { minLength: 60, maxLength: 120 }).map(
  (events) => flawlessRun(prepared().concat(events)),
);

/** The books and a copy of each, so that something happens in every run. */
function prepared(): LibraryEvent[] {
  return BOOKS.flatMap((bookId, i): LibraryEvent[] => {
    const common = { occurredAt: 0, bookId };
    const id = (n: number) => `00000000-0000-4000-8000-0000000000${i}${n}`;
    return [
      { type: 'BookCatalogued', eventId: id(0), ...common, title: 'T', authors: [], isbn: null, year: null },
      { type: 'CopyAdded', eventId: id(1), ...common, copyId: 'c1' },
      { type: 'BookReserved', eventId: id(2), ...common, reservationId: id(3), userId: 'first' },
      { type: 'BookReserved', eventId: id(4), ...common, reservationId: id(5), userId: 'second' },
    ];
  });
}

function flawlessRun(events: readonly LibraryEvent[]): RunHistory {
  const positioned = events.map((event, offset): PositionedEvent<LibraryEvent> => ({
    event,
    position: { partition: 0, offset },
    timestamp: 0,
  }));
  const books = new Map(BOOKS.map((bookId) => [bookId, unknownBook(bookId)]));
  const folded = foldBatch(positioned, books, new Set(), () => ({ pickupWindow: DAY_MS }));
  const decided = folded.outbox.map(({ outcome }) => outcome);
  const notices = decided.flatMap((outcome) => noticeOf(outcome) ?? []);
  return {
    operations: positioned.map((each, i) => acknowledged(each, i)),
    reads: [...folded.reservations.values()].flatMap(({ bookId, reservation, position }, i): Read[] => {
      const read = { bookId, reservationId: reservation.reservationId, sees: position };
      return [
        { ...read, startedAt: 10 * i, endedAt: 10 * i + 5, after: position },
        { ...read, startedAt: 10 * i + 6, endedAt: 10 * i + 9, after: null },
      ];
    }),
    progress: [0, 10, 10, events.length].map((nextOffset, at) => ({
      at,
      consumer: 'availability',
      partition: 0,
      nextOffset,
    })),
    stream: positioned.map((each, i) => ({
      ...each,
      trace: traceOf(i),
      source: '/library/api',
    })),
    outcomes: decided,
    decided,
    history: folded.history.map(({ event: { eventId, bookId }, position, code }) => ({
      eventId,
      bookId,
      position,
      code,
    })),
    notices: notices.map(({ noticeId, kind, reservationId }) => ({ noticeId, kind, reservationId })),
    differences: [],
  };
}

const traceOf = (i: number) => i.toString(16).padStart(32, '0');

function acknowledged({ event, position }: PositionedEvent<LibraryEvent>, i: number): Operation {
  const fields = event as unknown as Record<string, string | null | undefined>;
  const wanted: Wanted = {
    type: event.type,
    bookId: event.bookId,
    userId: fields['userId'] ?? null,
    copyId: fields['copyId'] ?? null,
    reservationId: fields['reservationId'] ?? null,
  };
  const result: Attempt['result'] = {
    kind: 'ok',
    eventId: event.eventId,
    position,
    reservationId: wanted.reservationId,
  };
  return {
    trace: traceOf(i),
    wanted,
    keyed: i % 2 === 0,
    attempts: [{ startedAt: 10 * i, endedAt: 10 * i + 9, result }],
  };
}
