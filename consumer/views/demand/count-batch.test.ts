import type { LibraryEvent } from '../../../schemas/generated/events';
import { unknownBook, type Book, type Reservation } from '../../domain/book';
import type { Change } from '../../domain/decide';
import { foldBatch } from '../availability/fold-batch';
import { countBatch } from './count-batch';
import { isKept, restoreBook } from './state';

const START = Date.UTC(2026, 0, 1);
const WINDOW = 7 * 86_400_000;
const rulesAt = () => ({ pickupWindow: WINDOW });

type Fields<T extends LibraryEvent['type']> = Omit<
  Extract<LibraryEvent, { type: T }>,
  'type' | 'eventId' | 'occurredAt' | 'bookId'
>;

let eventIds = 0;

function event<T extends LibraryEvent['type']>(type: T, fields: Fields<T>, occurredAt = START): LibraryEvent {
  eventIds += 1;
  return { type, eventId: `e${eventIds}`, occurredAt, bookId: 'b', ...fields } as unknown as LibraryEvent;
}

const reserved = (reservationId: string) => event('BookReserved', { reservationId, userId: 'ann' });
const expired = (window: { pickupBy?: number; readySince?: number }) =>
  event('ReservationExpired', { reservationId: 'r1', pickupBy: null, readySince: null, ...window });

const positioned = (events: readonly LibraryEvent[]) =>
  events.map((each, offset) => ({
    event: each,
    position: { partition: 0, offset },
    timestamp: each.occurredAt,
  }));

/** How many reservations the demand view counts, with what is known of the book. */
function counted(events: readonly LibraryEvent[], book: Book = unknownBook('b')): number {
  const { days } = countBatch(positioned(events), new Map([['b', book]]), new Set(), rulesAt);
  return [...days.values()].reduce((sum, { reservations }) => sum + reservations, 0);
}

/** How many took effect by the history of the availability view. */
function inHistory(events: readonly LibraryEvent[]): number {
  const books = new Map([['b', unknownBook('b')]]);
  const { history } = foldBatch(positioned(events), books, new Set(), rulesAt);
  return history.filter(({ event: { type }, code }) => type === 'BookReserved' && code === null).length;
}

/** A book with a copy that is set aside for ann until a window after the start. */
const ready = () => [
  event('BookCatalogued', { title: 'T', authors: [], isbn: null, year: null }),
  event('CopyAdded', { copyId: 'c1' }),
  reserved('r1'),
];

test.each([
  ['another window by its end alone', { pickupBy: START + WINDOW + 1 }, 1],
  ['another window by its beginning', { pickupBy: START + WINDOW, readySince: START + 1 }, 1],
  ['its window by its end alone', { pickupBy: START + WINDOW }, 2],
  ['its window by its beginning', { pickupBy: START, readySince: START }, 2],
  ['no window', {}, 2],
])('after an expiry that names %s, what is counted is what the history has', (_, window, reservations) => {
  const events = [...ready(), expired(window), reserved('r2')];
  expect(inHistory(events)).toBe(reservations);
  expect(counted(events)).toBe(reservations);
});

test('each event is folded by the rules of its position', () => {
  const events = positioned([...ready(), expired({ pickupBy: START + WINDOW }), reserved('r2')]);
  const fold = (changedAt: number) => {
    const rules = ({ offset }: { offset: number }) => ({ pickupWindow: offset < changedAt ? WINDOW : 1 });
    const { days } = countBatch(events, new Map([['b', unknownBook('b')]]), new Set(), rules);
    return [...days.values()][0]!.reservations;
  };
  // The event that has set the copy aside is at 2.
  expect([fold(3), fold(2)]).toEqual([2, 1]);
});

describe('a window that an earlier version has stored with a length of 0', () => {
  const without = ({ readySince: _, ...rest }: Reservation) => rest as Reservation;

  /** The book of `ready`, as it is restored from pieces in which ends of windows are what `stored` makes of them. */
  function restored(stored: (reservation: Reservation) => Reservation): Book {
    const books = new Map([['b', unknownBook('b')]]);
    const { pieces } = countBatch(positioned(ready()), books, new Set(), rulesAt);
    const changes = [...pieces.values()]
      .filter(isKept)
      .map(({ change }): Change =>
        change.kind === 'reservation'
          ? { kind: 'reservation', reservation: stored(change.reservation) }
          : change,
      );
    return restoreBook('b', JSON.parse(JSON.stringify(changes)) as Change[]);
  }

  const forms = {
    'with its beginning': (reservation: Reservation) => ({
      ...reservation,
      pickupBy: reservation.readySince,
    }),
    'before beginnings were stored': (reservation: Reservation) =>
      without({ ...reservation, pickupBy: reservation.readySince }),
  };
  const expiries = [
    ['its end alone', { pickupBy: START + WINDOW }, 1],
    ['the end of another length of windows', { pickupBy: START + 1 }, 1],
    ['its beginning', { pickupBy: START + WINDOW, readySince: START }, 1],
    ['the beginning of another one', { pickupBy: START + WINDOW, readySince: START + 1 }, 0],
    ['nothing', {}, 1],
  ] as const;

  test.each(
    Object.entries(forms).flatMap(([form, stored]) =>
      expiries.map((each) => [form, ...each, stored] as const),
    ),
  )('(%s) is named by %s', (_, __, window, reservations, stored) => {
    expect(counted([expired(window), reserved('r2')], restored(stored))).toBe(reservations);
  });

  test('goes on with another copy as it is, and the next one has an end', () => {
    const book = restored(forms['with its beginning']);
    const goesOn = [event('CopyAdded', { copyId: 'c2' }), event('CopyWithdrawn', { copyId: 'c1' })];
    expect(counted(goesOn, book)).toBe(0);
    expect(book.open.get('r1')).toMatchObject({ copyId: 'c2', pickupBy: null, readySince: START });
    const again = [
      event('ReservationSuspended', { reservationId: 'r1', userId: null }),
      event('ReservationResumed', { reservationId: 'r1', userId: null }, START + 5),
    ];
    expect(counted([...again, expired({ pickupBy: START + WINDOW }), reserved('r2')], book)).toBe(0);
    expect(counted([expired({ pickupBy: START + 5 + WINDOW }), reserved('r3')], book)).toBe(1);
  });
});

test('a window with an end is restored as it was stored', () => {
  const books = new Map([['b', unknownBook('b')]]);
  const { pieces } = countBatch(positioned(ready()), books, new Set(), rulesAt);
  const changes = [...pieces.values()].filter(isKept).map(({ change }) => change);
  const book = restoreBook('b', JSON.parse(JSON.stringify(changes)) as Change[]);
  expect(book.open).toEqual(books.get('b')!.open);
  expect(book.open.get('r1')).toMatchObject({ pickupBy: START + WINDOW, readySince: START });
});
