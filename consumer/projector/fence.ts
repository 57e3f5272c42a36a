import type { Pool } from 'pg';
import { FencedError } from '../../infra/event-log/log';
import { arrayLiteral } from '../../infra/postgres/array';
import { advanceSql } from './checkpoint';
import type { Advance, CheckpointAdvance, RetryAdvance } from './projection';
import { deadDocument, deadSql, heldDocument, holdSql } from './set-aside-sql';
import { joinParts, type StatementPart } from './statement';
import type { BatchParameters } from './table';

/** The statement's own parameters, in order. Those of the parts follow. */
const OWN = {
  consumer: '$1',
  topic: '$2',
  partition: '$3',
  fromOffset: '$4',
  nextOffset: '$5',
  epoch: '$6',
  dead: '$7',
  held: '$8',
} as const;

/**
 * The head of every statement that stores a batch. `fence` advances the checkpoint only if the partition is where the
 * advance begins; all other parts take their rows through it (`SELECT … FROM fence, …`), so that nothing is written when it
 * is not: then another instance has advanced it.
 */
const HEAD = `WITH ${advanceSql(OWN)}, ${deadSql(OWN, OWN.dead)}, ${holdSql(OWN, OWN.held)}`;

/** The same of a retry. */
const RETRY = {
  consumer: '$1',
  topic: '$2',
  partition: '$3',
  epoch: '$4',
  dead: '$5',
  books: '$6',
  revived: '$7',
} as const;

/**
 * The head of a statement that stores a retry. It locks the held books, and the dead records that it revives: of two retries,
 * or a retry and a discard, the second waits, and then finds them changed, so its `fence` has no row. The checkpoint is
 * neither locked nor compared, but for its epoch: the projector goes on meanwhile, and only counts what it parks.
 */
const RETRY_HEAD = `WITH book AS (
  SELECT h.book_id, r.next_offset, r.parked
    FROM jsonb_to_recordset(${RETRY.books}::jsonb) AS r(book_id text, from_offset bigint, next_offset bigint, parked bigint)
    JOIN held_books h ON h.consumer = ${RETRY.consumer} AND h.topic = ${RETRY.topic} AND h.partition = ${RETRY.partition}
                     AND h.book_id = r.book_id AND h.from_offset = r.from_offset
   ORDER BY h.book_id FOR UPDATE OF h
), letter AS (
  SELECT d."offset" FROM dead_letters d
   WHERE d.consumer = ${RETRY.consumer} AND d.topic = ${RETRY.topic} AND d.partition = ${RETRY.partition}
     AND d."offset" = ANY(${RETRY.revived}::bigint[]) AND d.status = 'dead'
   ORDER BY d."offset" FOR UPDATE
), fence AS MATERIALIZED (
  SELECT true AS held FROM progress
   WHERE consumer = ${RETRY.consumer} AND topic = ${RETRY.topic} AND partition = ${RETRY.partition} AND epoch = ${RETRY.epoch}
     AND (SELECT count(*) FROM book) = jsonb_array_length(${RETRY.books}::jsonb)
     AND (SELECT count(*) FROM letter) = cardinality(${RETRY.revived}::bigint[])
), advance AS (
  UPDATE held_books h SET from_offset = b.next_offset, parked = greatest(0, h.parked - b.parked)
    FROM fence, book b
   WHERE h.consumer = ${RETRY.consumer} AND h.topic = ${RETRY.topic} AND h.partition = ${RETRY.partition} AND h.book_id = b.book_id
), revive AS (
  DELETE FROM dead_letters d USING fence, letter l
   WHERE d.consumer = ${RETRY.consumer} AND d.topic = ${RETRY.topic} AND d.partition = ${RETRY.partition} AND d."offset" = l."offset"
), ${deadSql(RETRY, RETRY.dead)}`;

export interface FencedStatementOptions<Input> {
  /** Its `search_path` names the schema of the view. */
  readonly pool: Pool;
  readonly consumer: string;
  readonly topic: string;
  /** What the statement writes besides, through `fence`. */
  readonly parts: readonly StatementPart<Input>[];
}

/**
 * A whole batch in one statement, and so in one transaction and one round trip. Parts of one statement run in no
 * particular order: the constraints between rows are deferred to the end.
 */
export class FencedStatement<Input> {
  private readonly advance: { readonly name: string; readonly text: string };
  private readonly retry: { readonly name: string; readonly text: string };

  constructor(private readonly options: FencedStatementOptions<Input>) {
    const { consumer, parts } = options;
    const query = (name: string, head: string, own: Record<string, string>, batch: BatchParameters) => ({
      name: `${name}-${consumer}`,
      text: `${head}, ${joinParts(parts, Object.keys(own).length + 1, batch)}\nSELECT held FROM fence`,
    });
    this.advance = query('store', HEAD, OWN, OWN);
    // A retry has no batch of consecutive records.
    this.retry = query('retry', RETRY_HEAD, RETRY, {
      partition: RETRY.partition,
      fromOffset: 'NULL::bigint',
    });
  }

  /** @throws {FencedError} when the partition, or a held book, is not where the advance begins; nothing was written then */
  async execute(advance: Advance, input: Input): Promise<void> {
    const { pool, consumer, topic, parts } = this.options;
    const isRetry = 'revived' in advance;
    const own = isRetry ? retryValues(advance) : advanceValues(advance);
    const { rows } = await pool.query<{ held: true }>({
      ...(isRetry ? this.retry : this.advance),
      values: [consumer, topic, advance.partition, ...own, ...parts.flatMap((part) => part.valuesOf(input))],
    });
    if (rows.length > 0) return;
    const { partition, epoch } = advance;
    const where = isRetry ? 'its held books are not as they were' : `it is not at ${advance.fromOffset}`;
    throw new FencedError(
      `${consumer}: partition ${partition}: ${where} in epoch ${epoch} any more: another instance moved it on`,
    );
  }
}

function advanceValues({ fromOffset, nextOffset, epoch, setAside = [] }: CheckpointAdvance): unknown[] {
  return [fromOffset, nextOffset, epoch, deadDocument(setAside), heldDocument(setAside)];
}

function retryValues({ epoch, setAside, books, revived }: RetryAdvance): unknown[] {
  const document = books.map(({ bookId, fromOffset, nextOffset, parked }) => ({
    book_id: bookId,
    from_offset: fromOffset,
    next_offset: nextOffset,
    parked,
  }));
  return [epoch, deadDocument(setAside), JSON.stringify(document), arrayLiteral(revived)];
}
