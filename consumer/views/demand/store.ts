import type { Pool } from 'pg';
import { arrayLiteral } from '../../../infra/postgres/array';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Book } from '../../domain/book';
import type { Change } from '../../domain/decide';
import { FencedStatement } from '../../projector/fence';
import type { Advance, PositionedEvent } from '../../projector/projection';
import { deleteRows, insertRows, type StatementPart } from '../../projector/statement';
import { idKey, idsOf, type DemandResult, type KnownId } from './count-batch';
import { isKept, restoreBook, type StatePiece } from './state';
import { DEMAND_DAILY, DEMAND_IDS, DEMAND_STATE } from './tables';

interface Loaded {
  readonly state: [bookId: string, change: Change][] | null;
  readonly known: [kind: KnownId['kind'], id: string, bookId: string][] | null;
}

const LOAD = `SELECT
  (SELECT json_agg(json_build_array(s.book_id, s.change))
     FROM demand_state s WHERE s.book_id = ANY($1::text[])) AS state,
  (SELECT json_agg(json_build_array(d.kind, d.id, d.book_id)) FROM unnest($2::text[], $3::uuid[], $4::text[]) AS k(kind, id, book_id)
     JOIN demand_ids d ON d.id = k.id AND d.book_id = k.book_id AND d.kind = k.kind) AS known`;

const PARTS: readonly StatementPart<DemandResult>[] = [
  deleteRows<DemandResult, StatePiece>(DEMAND_STATE, ({ pieces }) =>
    [...pieces.values()].filter((piece) => !isKept(piece)),
  ),
  insertRows(DEMAND_STATE, ({ pieces }) => [...pieces.values()].filter(isKept)),
  insertRows(DEMAND_IDS, ({ ids }) => ids),
  insertRows(DEMAND_DAILY, ({ days }) => [...days.values()]),
];

/** Reads what a batch depends on, and stores its result. */
export class DemandStore {
  private readonly statement: FencedStatement<DemandResult>;

  /** @param pool its `search_path` is the schema of the view */
  constructor(
    private readonly pool: Pool,
    consumer: string,
    topic: string,
  ) {
    this.statement = new FencedStatement({ pool, consumer, topic, parts: PARTS });
  }

  /**
   * Completes `books` with the books of the events that it lacks.
   * @param forIds whether the events' IDs are looked up, or else taken for new
   * @returns the keys of those that are known already, as far as that is looked up
   */
  async load(
    events: readonly PositionedEvent<LibraryEvent>[],
    books: Map<string, Book>,
    forIds: boolean,
  ): Promise<Set<string>> {
    const changes = new Map<string, Change[]>();
    for (const { event } of events) if (!books.has(event.bookId)) changes.set(event.bookId, []);
    const ids = forIds ? events.flatMap(({ event }) => idsOf(event)) : [];
    if (changes.size + ids.length === 0) return new Set();
    const { rows } = await this.pool.query<Loaded>({
      name: 'demand-load',
      text: LOAD,
      values: [
        arrayLiteral([...changes.keys()]),
        arrayLiteral(ids.map(({ kind }) => kind)),
        arrayLiteral(ids.map(({ id }) => id)),
        arrayLiteral(ids.map(({ bookId }) => bookId)),
      ],
    });
    const { state, known } = rows[0]!;
    for (const [bookId, change] of state ?? []) changes.get(bookId)!.push(change);
    for (const [bookId, own] of changes) books.set(bookId, restoreBook(bookId, own));
    return new Set((known ?? []).map(([kind, id, bookId]) => idKey({ kind, id, bookId })));
  }

  /** @throws {FencedError} when the partition is not where the advance begins; nothing was written then */
  async store(advance: Advance, result: DemandResult): Promise<void> {
    await this.statement.execute(advance, result);
  }
}
