import type { LibraryEvent } from '../../../schemas/generated/events';
import type { BulkFold, RowSink } from '../../projector/bulk-fold';
import type { PositionedEvent } from '../../projector/projection';
import type { RulesAt } from '../definition';
import { IdTable } from '../id-table';
import { NumberedBooks } from '../numbered-books';
import { countBatch, idKey, idsOf, type DayCount, type KnownId } from './count-batch';
import { isKept, type KeptPiece } from './state';
import { DEMAND_DAILY, DEMAND_IDS, DEMAND_STATE } from './tables';

/** The demand view, in bulk. In memory are all books with their copies and open reservations, the counts, and the known IDs. */
export class DemandBulkFold implements BulkFold<LibraryEvent> {
  private readonly books = new NumberedBooks();
  private readonly ids: Readonly<Record<KnownId['kind'], IdTable>> = {
    event: new IdTable(),
    reservation: new IdTable(),
  };
  private readonly days = new Map<string, DayCount>();
  private readonly pieces = new Map<string, KeptPiece>();

  constructor(private readonly rulesAt: RulesAt) {}

  async fold(events: readonly PositionedEvent<LibraryEvent>[], sink: RowSink): Promise<void> {
    const known = new Set<string>();
    for (const { event } of events) for (const id of idsOf(event)) if (this.isKnown(id)) known.add(idKey(id));
    const { days, pieces, ids } = countBatch(events, this.books.byId, known, this.rulesAt);
    for (const { kind, id, bookId } of ids) this.ids[kind].add(this.books.numberOf(bookId), id);
    for (const [key, day] of days) this.count(key, day);
    for (const [key, piece] of pieces) {
      if (isKept(piece)) this.pieces.set(key, piece);
      else this.pieces.delete(key);
    }
    await sink.write(DEMAND_IDS, ids);
  }

  async finish(sink: RowSink): Promise<void> {
    await sink.write(DEMAND_STATE, this.pieces.values());
    await sink.write(DEMAND_DAILY, this.days.values());
  }

  private isKnown({ kind, id, bookId }: KnownId): boolean {
    return this.ids[kind].placeOf(this.books.numberOf(bookId), id) >= 0;
  }

  private count(key: string, { reservations, cancellations, ...day }: DayCount): void {
    const counts = this.days.get(key);
    if (counts) {
      counts.reservations += reservations;
      counts.cancellations += cancellations;
    } else this.days.set(key, { ...day, reservations, cancellations });
  }
}
