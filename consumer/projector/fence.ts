import { escapeIdentifier, type ClientBase, type Pool } from 'pg';
import { FencedError } from '../../infra/event-log/log';
import { arrayLiteral } from '../../infra/postgres/array';
import { inTransaction } from '../../infra/postgres/transaction';
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
 * The head of a statement that stores a retry. To advance the held books, and to delete the dead records that it revives, is
 * also to lock them: of two retries, or a retry and a discard, the second waits, and then finds fewer than it expects. Its
 * `fence` has no row then, and what it has changed is rolled back. Of the checkpoint only the epoch is compared, and nothing
 * is locked: the projector goes on meanwhile, and only counts what it parks.
 */
const RETRY_HEAD = `WITH advance AS (
  UPDATE held_books h SET from_offset = r.next_offset, parked = greatest(0, h.parked - r.parked)
    FROM jsonb_to_recordset(${RETRY.books}::jsonb) AS r(book_id text, from_offset bigint, next_offset bigint, parked bigint)
   WHERE h.consumer = ${RETRY.consumer} AND h.topic = ${RETRY.topic} AND h.partition = ${RETRY.partition}
     AND h.book_id = r.book_id AND h.from_offset = r.from_offset
  RETURNING h.book_id
), revive AS (
  DELETE FROM dead_letters d
   WHERE d.consumer = ${RETRY.consumer} AND d.topic = ${RETRY.topic} AND d.partition = ${RETRY.partition}
     AND d."offset" = ANY(${RETRY.revived}::bigint[]) AND d.status = 'dead'
  RETURNING d."offset"
), fence AS MATERIALIZED (
  SELECT true AS held FROM progress
   WHERE consumer = ${RETRY.consumer} AND topic = ${RETRY.topic} AND partition = ${RETRY.partition} AND epoch = ${RETRY.epoch}
     AND (SELECT count(*) FROM advance) = jsonb_array_length(${RETRY.books}::jsonb)
     AND (SELECT count(*) FROM revive) = cardinality(${RETRY.revived}::bigint[])
), ${deadSql(RETRY, RETRY.dead)}`;

export interface FencedStatementOptions<Input, Returned> {
  /** Its `search_path` names the schema of the view. */
  readonly pool: Pool;
  readonly consumer: string;
  readonly topic: string;
  /** What the statement writes besides, through `fence`. */
  readonly parts: readonly StatementPart<Input>[];
  /** What the statement returns, as expressions over its parts. */
  readonly returning?: { readonly [Name in keyof Returned]: string };
}

/**
 * A whole batch in one statement, and so in one transaction and one round trip. Parts of one statement run in no
 * particular order: the constraints between rows are deferred to the end.
 */
export class FencedStatement<Input, Returned extends object = object> {
  private readonly advance: { readonly name: string; readonly text: string };
  private readonly retry: { readonly name: string; readonly text: string };

  constructor(private readonly options: FencedStatementOptions<Input, Returned>) {
    const { consumer, parts, returning = {} } = options;
    const returned = Object.entries(returning).map(
      ([name, sql]) => `, ${String(sql)} AS ${escapeIdentifier(name)}`,
    );
    const query = (name: string, head: string, own: Record<string, string>, batch: BatchParameters) => {
      const rest = parts.length === 0 ? '' : `, ${joinParts(parts, Object.keys(own).length + 1, batch)}`;
      return {
        name: `${name}-${consumer}`,
        text: `${head}${rest}\nSELECT held${returned.join('')} FROM fence`,
      };
    };
    // Connections are shared: a name stands for one text.
    this.advance = query(parts.length === 0 ? 'advance' : 'store', HEAD, OWN, OWN);
    // A retry has no batch of consecutive records.
    this.retry = query('retry', RETRY_HEAD, RETRY, {
      partition: RETRY.partition,
      fromOffset: 'NULL::bigint',
    });
  }

  /** @throws {FencedError} when the partition, or a held book, is not where the advance begins; nothing was written then */
  async execute(advance: Advance, input: Input): Promise<Returned> {
    const { pool } = this.options;
    if (!('revived' in advance)) return this.executeWithin(pool, advance, input);
    const values = this.valuesOf(advance, input);
    return inTransaction(pool, async (client) =>
      this.heldIn(advance, await client.query<Returned>({ ...this.retry, values })),
    );
  }

  /** The same of a batch that was read on, as a part of a transaction. */
  async executeWithin(
    database: Pool | ClientBase,
    advance: CheckpointAdvance,
    input: Input,
  ): Promise<Returned> {
    const values = this.valuesOf(advance, input);
    return this.heldIn(advance, await database.query<Returned>({ ...this.advance, values }));
  }

  private valuesOf(advance: Advance, input: Input): unknown[] {
    const { consumer, topic, parts } = this.options;
    const values = [consumer, topic, advance.partition, ...ownValues(advance)];
    for (const part of parts) values.push(...part.valuesOf(input));
    return values;
  }

  private heldIn(advance: Advance, { rows }: { readonly rows: Returned[] }): Returned {
    const [returned] = rows;
    if (returned) return returned;
    const where =
      'revived' in advance ? 'what it has set aside is not as it was' : `it is not at ${advance.fromOffset}`;
    throw new FencedError(
      `${this.options.consumer}, partition ${advance.partition}: ${where} in epoch ${advance.epoch} any more: another instance moved it on`,
    );
  }
}

const ownValues = (advance: Advance) =>
  'revived' in advance ? retryValues(advance) : advanceValues(advance);

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
