import { formatPosition } from '../../infra/event-log/log';
import { outcomeId } from '../../consumer/views/availability/outcome-id';
import type { LibraryEvent, Outcome } from '../../schemas/generated/events';
import type { RunHistory, StreamEvent } from '../history';
import type { Finding } from './finding';
import type { StreamIndex } from './stream-index';

/** Who has a copy: a reservation for which it is set aside, or the reader who has it on loan. */
interface Holder {
  readonly reservationId: string | null;
  readonly name: string;
}

/** No event has as many outcomes: an event changes two reservations at most. */
const MOST_OUTCOMES = 4;

/**
 * Whether any copy was promised to two people at a time, at any point of the stream: judged by the published outcomes alone,
 * each taken at the event that brought it about, and not by the rules that decided them.
 */
export function checkPromises(
  { outcomes, history }: Pick<RunHistory, 'outcomes' | 'history'>,
  { firsts }: StreamIndex,
): Finding[] {
  const published = new Map(outcomes.map((outcome) => [outcome.eventId, outcome]));
  const refused = new Set(history.filter(({ code }) => code !== null).map(({ eventId }) => eventId));
  const books = new Map<string, BookPromises>();
  for (const record of firsts) {
    const { event } = record;
    let book = books.get(event.bookId);
    if (!book) books.set(event.bookId, (book = new BookPromises()));
    const results: Outcome[] = [];
    for (let seq = 0; seq < MOST_OUTCOMES; seq += 1) {
      const outcome = published.get(outcomeId(event.eventId, seq));
      if (outcome) results.push(outcome);
    }
    if (!refused.has(event.eventId)) book.apply(record, results);
  }
  return [...books.values()].flatMap(({ findings }) => findings);
}

class BookPromises {
  readonly findings: Finding[] = [];
  private readonly holders = new Map<string, Holder>();

  apply({ event, position }: StreamEvent, outcomes: readonly Outcome[]): void {
    this.release(event);
    // An event can take a copy from one and give it to the next: the taking is judged first.
    for (const outcome of outcomes) if (outcome.type !== 'ReservationReady') this.close(outcome);
    if (event.type === 'CopyBorrowed') this.lend(event, formatPosition(position));
    for (const outcome of outcomes) {
      if (outcome.type !== 'ReservationReady') continue;
      this.close(outcome);
      this.give(
        outcome.copyId,
        { reservationId: outcome.reservationId, name: `reservation ${outcome.reservationId}` },
        `${outcome.bookId}, at ${formatPosition(position)}`,
      );
    }
  }

  private release(event: LibraryEvent): void {
    if (event.type === 'CopyWithdrawn' || event.type === 'CopyReturned') this.holders.delete(event.copyId);
  }

  /** The reservation no longer has the copy that it had. */
  private close({ reservationId }: Outcome): void {
    for (const [copyId, holder] of this.holders)
      if (holder.reservationId === reservationId) this.holders.delete(copyId);
  }

  private lend(
    { copyId, userId, bookId }: Extract<LibraryEvent, { type: 'CopyBorrowed' }>,
    at: string,
  ): void {
    this.give(copyId, { reservationId: null, name: `user ${userId}` }, `${bookId}, at ${at}`);
  }

  private give(copyId: string, to: Holder, where: string): void {
    const holder = this.holders.get(copyId);
    this.holders.set(copyId, to);
    if (!holder) return;
    this.findings.push({
      kind: 'promised twice',
      message: `copy ${copyId} of ${where}: to ${to.name} while ${holder.name} had it`,
    });
  }
}
