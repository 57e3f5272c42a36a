import fc from 'fast-check';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { anyEvents } from '../../domain/streams/testing';

/** Streams of events for tests of the demand view. */

const START = Date.UTC(2026, 0, 1);

/** Events of some books over a week, out of order by their clocks, any of them repeated at any later place. */
export function anyStream(
  bookIds: readonly string[],
  length: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<LibraryEvent[]> {
  return fc
    .tuple(anyEvents(bookIds, length), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }))
    .map(([events, again]) => withRepeats([...bookIds.map(catalogued), ...events], again));
}

function catalogued(bookId: string, n: number): LibraryEvent {
  const eventId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return {
    type: 'BookCatalogued',
    eventId,
    occurredAt: START,
    bookId,
    title: `The book ${bookId}`,
    authors: [],
    isbn: null,
    year: null,
  };
}

function withRepeats(
  events: readonly LibraryEvent[],
  again: readonly (readonly [which: number, where: number])[],
): LibraryEvent[] {
  const stream = [...events];
  for (const [which, where] of again) {
    const repeated = events[which % events.length]!;
    const first = stream.indexOf(repeated);
    stream.splice(first + 1 + (where % (stream.length - first)), 0, repeated);
  }
  return stream;
}
