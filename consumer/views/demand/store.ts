import type { Pool } from 'pg';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Book } from '../../domain/book';
import type { Change } from '../../domain/decide';
import { FencedStatement } from '../../projector/fence';
import type { PositionedEvent, CheckpointAdvance } from '../../projector/projection';
import { idKey, idsOf, type DemandResult, type KnownId } from './count-batch';
import { restoreBook } from './state';

interface Loaded {
  readonly state: [bookId: string, change: Change][] | null;
  readonly known: [kind: KnownId['kind'], id: string, bookId: string][] | null;
}

const loadSql = (schema: string) => `SELECT
  (SELECT json_agg(json_build_array(s.book_id, s.change))
     FROM "${schema}".demand_state s WHERE s.book_id = ANY($1::text[])) AS state,
  (SELECT json_agg(json_build_array(d.kind, d.id, d.book_id)) FROM unnest($2::text[], $3::uuid[], $4::text[]) AS k(kind, id, book_id)
     JOIN "${schema}".demand_ids d ON d.id = k.id AND d.book_id = k.book_id AND d.kind = k.kind) AS known`;

/** The parts of the statement that stores a batch: see `FencedStatement`. */
const parts = (schema: string) => `
forget_state AS (
  DELETE FROM "${schema}".demand_state s USING fence, unnest($10::text[], $11::text[], $12::text[]) AS g(book_id, kind, id)
   WHERE s.book_id = g.book_id AND s.kind = g.kind AND s.id = g.id
), store_state AS (
  INSERT INTO "${schema}".demand_state (book_id, kind, id, change)
  SELECT n.* FROM fence, unnest($13::text[], $14::text[], $15::text[], $16::jsonb[]) AS n
  ON CONFLICT (book_id, kind, id) DO UPDATE SET change = excluded.change
), store_ids AS (
  INSERT INTO "${schema}".demand_ids (book_id, kind, id)
  SELECT n.* FROM fence, unnest($17::text[], $18::text[], $19::uuid[]) AS n
), store_days AS (
  INSERT INTO "${schema}".demand_daily AS d (book_id, day, reservations, cancellations)
  SELECT n.* FROM fence, unnest($20::text[], $21::date[], $22::int[], $23::int[]) AS n
  ON CONFLICT (day, book_id) DO UPDATE SET reservations = d.reservations + excluded.reservations,
    cancellations = d.cancellations + excluded.cancellations
)`;

/** Reads what a batch depends on, and writes what it came to. */
export class DemandStore {
  private readonly loadQuery: { name: string; text: string };
  private readonly statement: FencedStatement;

  constructor(
    private readonly pool: Pool,
    schema: string,
    consumer: string,
    topic: string,
  ) {
    this.loadQuery = { name: `demand-load-${schema}`, text: loadSql(schema) };
    this.statement = new FencedStatement({ pool, schema, consumer, topic, parts: parts(schema) });
  }

  /**
   * Completes `books` with the books of the events that it lacks.
   * @returns the keys of the events' IDs that are known already
   */
  async load(
    events: readonly PositionedEvent<LibraryEvent>[],
    books: Map<string, Book>,
  ): Promise<Set<string>> {
    const changes = new Map<string, Change[]>();
    for (const { event } of events) if (!books.has(event.bookId)) changes.set(event.bookId, []);
    const ids = events.flatMap(({ event }) => idsOf(event));
    const { rows } = await this.pool.query<Loaded>({
      ...this.loadQuery,
      values: [
        [...changes.keys()],
        ids.map(({ kind }) => kind),
        ids.map(({ id }) => id),
        ids.map(({ bookId }) => bookId),
      ],
    });
    const { state, known } = rows[0]!;
    for (const [bookId, change] of state ?? []) changes.get(bookId)!.push(change);
    for (const [bookId, own] of changes) books.set(bookId, restoreBook(bookId, own));
    return new Set((known ?? []).map(([kind, id, bookId]) => idKey({ kind, id, bookId })));
  }

  /** @throws {FencedError} when the partition is not where the step begins; nothing was written then */
  async store(step: CheckpointAdvance, result: DemandResult): Promise<void> {
    await this.statement.execute(step, columnsOf(result));
  }
}

function columnsOf({ days, pieces, ids }: DemandResult): unknown[][] {
  const gone = [...pieces.values()].filter(({ change }) => change === null);
  const kept = [...pieces.values()].filter(({ change }) => change !== null);
  const counts = [...days.values()];
  return [
    gone.map(({ bookId }) => bookId),
    gone.map(({ kind }) => kind),
    gone.map(({ id }) => id),
    kept.map(({ bookId }) => bookId),
    kept.map(({ kind }) => kind),
    kept.map(({ id }) => id),
    kept.map(({ change }) => JSON.stringify(change)),
    ids.map(({ bookId }) => bookId),
    ids.map(({ kind }) => kind),
    ids.map(({ id }) => id),
    counts.map(({ bookId }) => bookId),
    counts.map(({ day }) => day),
    counts.map(({ reservations }) => reservations),
    counts.map(({ cancellations }) => cancellations),
  ];
}
