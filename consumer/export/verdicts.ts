import type { Pool } from 'pg';
import type { EventRow } from './row';

/** The event is recorded a second time, which changes nothing. */
const REPEATED = 'repeated';
/** The view has not come to the event, or it waits behind a dead letter, or is one. */
const UNKNOWN = '?';

interface Entry {
  readonly event_id: string;
  readonly book_id: string;
  readonly partition: number;
  readonly offset: string;
  readonly code: string | null;
}

/** What became of events, by the history that the view keeps. */
export class Verdicts {
  private isAway = false;

  /**
   * @param pool of the live views
   * @param onAway called once when the history cannot be read; from then on there are no verdicts
   */
  constructor(
    private readonly pool: Pool,
    private readonly onAway: (error: Error) => void,
  ) {}

  /** Of each event: the code with which it was refused, `repeated`, `?` where it is not known yet; undefined where it took effect. */
  async on(rows: readonly EventRow[]): Promise<(string | undefined)[]> {
    if (this.isAway) return [];
    try {
      const entries = await this.entriesOf(rows);
      return rows.map(({ record, event: { eventId, bookId } }) => {
        const entry = entries.get(`${eventId} ${bookId}`);
        if (!entry) return UNKNOWN;
        const isFirst = entry.partition === record.partition && Number(entry.offset) === record.offset;
        return isFirst ? (entry.code ?? undefined) : REPEATED;
      });
    } catch (error) {
      this.isAway = true;
      this.onAway(error as Error);
      return [];
    }
  }

  private async entriesOf(rows: readonly EventRow[]): Promise<ReadonlyMap<string, Entry>> {
    const { rows: entries } = await this.pool.query<Entry>({
      name: 'verdicts',
      text: `SELECT event_id, book_id, partition, "offset", code FROM history
        WHERE (event_id, book_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))`,
      values: [rows.map(({ event }) => event.eventId), rows.map(({ event }) => event.bookId)],
    });
    return new Map(entries.map((entry) => [`${entry.event_id} ${entry.book_id}`, entry]));
  }
}
