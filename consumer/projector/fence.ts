import type { Pool } from 'pg';
import { FencedError } from '../../infra/event-log/log';
import { arrayLiteral } from '../../infra/postgres/array';
import type { SetAsideRecord } from './set-aside-record';
import type { CheckpointAdvance } from './projection';

/**
 * The head of every statement that stores a batch. `fence` takes the step only if the partition is where it begins; all
 * other parts take their rows through it (`SELECT … FROM fence, …`), so that nothing is written when it is not: then
 * somebody else has moved the partition on. A row lock on `progress` makes a second projector of the same partition wait
 * here until the first has committed, and then find it moved.
 */
const headSql = (schema: string) => `
WITH fence AS (
  UPDATE "${schema}".progress SET next_offset = $5, epoch = $7, updated_at = now()
   WHERE consumer = $1 AND topic = $2 AND partition = $3 AND next_offset = $4 AND epoch = $6
  RETURNING true AS held
), set_aside AS (
  INSERT INTO "${schema}".dead_letters AS d (consumer, topic, partition, "offset", book_id, status, reason, key, value, headers, "timestamp")
  SELECT $1, $2, $3, l."offset", l.book_id, l.status, l.reason, decode(l.key, 'base64'), decode(l.value, 'base64'), l.headers,
         to_timestamp(l."timestamp" / 1000.0)
    FROM fence, jsonb_to_recordset($8::jsonb)
      AS l("offset" bigint, book_id text, status text, reason text, key text, value text, headers jsonb, "timestamp" bigint)
  ON CONFLICT (consumer, topic, partition, "offset") DO UPDATE SET status = excluded.status, reason = excluded.reason
), release AS (
  DELETE FROM "${schema}".dead_letters d USING fence
   WHERE d.consumer = $1 AND d.topic = $2 AND d.partition = $3 AND d."offset" = ANY($9::bigint[])
)`;

export interface FencedStatementOptions {
  readonly pool: Pool;
  readonly schema: string;
  readonly consumer: string;
  readonly topic: string;
  /** Further parts of the WITH list, each `name AS (…)`, separated by commas. Their own parameters begin with $10. */
  readonly parts: string;
}

/**
 * A whole batch in one statement, and so in one transaction and one round trip. Parts of one statement run in no
 * particular order: the constraints between rows are deferred to the end.
 */
export class FencedStatement {
  private readonly query: { readonly name: string; readonly text: string };

  constructor(private readonly options: FencedStatementOptions) {
    const { schema, consumer, parts } = options;
    const text = `${headSql(schema)}, ${parts}\nSELECT held FROM fence`;
    this.query = { name: `store-${consumer}-${schema}`, text };
  }

  /**
   * @param values of the parameters from $10 on
   * @throws {FencedError} when the partition is not where the step begins; nothing was written then
   */
  async execute(step: CheckpointAdvance, values: readonly unknown[]): Promise<void> {
    const { pool, consumer, topic } = this.options;
    const { partition, fromOffset, nextOffset, epoch, nextEpoch = epoch, letters = [], released = [] } = step;
    const own = [consumer, topic, partition, fromOffset, nextOffset, epoch, nextEpoch];
    const { rows } = await pool.query<{ held: true }>({
      ...this.query,
      values: [...own, letters.length === 0 ? '[]' : documentOf(letters), arrayLiteral(released), ...values],
    });
    if (rows.length === 0) {
      throw new FencedError(
        `${consumer}: partition ${partition} is not at ${fromOffset} in epoch ${epoch} any more: another instance moved it on`,
      );
    }
  }
}

function documentOf(letters: readonly SetAsideRecord[]): string {
  return JSON.stringify(
    letters.map(({ record, bookId, status, reason }) => ({
      offset: record.offset,
      book_id: bookId,
      status,
      reason,
      key: record.key?.toString('base64') ?? null,
      value: record.value?.toString('base64') ?? null,
      headers: base64Of(record.headers),
      timestamp: record.timestamp,
    })),
  );
}

function base64Of(headers: SetAsideRecord['record']['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, bytes]) => [clean(name), bytes.toString('base64')]),
  );
}

/** The name of a header as Postgres can store it. */
function clean(name: string): string {
  return name.toWellFormed().replaceAll('\0', '');
}
