import type { DuckDBConnection } from '@duckdb/node-api';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { to } from 'pg-copy-streams';
import { identifier, literal } from './columns-sql';
import { camelCase, duckdbType, type PostgresColumn, type Relation } from './relations';

/** The schema with the names of Postgres: `library.books` has `book_id` where `books` has `bookId`. */
export const POSTGRES_NAMES = 'library';

/** One look at Postgres: all that is read through it is of the same moment. It is opened with the first relation. */
export class PostgresSnapshot {
  private opened: Promise<PoolClient> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly folder: string,
  ) {}

  /** Copies a relation into DuckDB: under its name with the column names of the API, and in `library` with those of Postgres. */
  async load(relation: Relation, connection: DuckDBConnection): Promise<void> {
    const client = await (this.opened ??= this.open());
    const columns = await columnsIn(client, relation);
    const file = path.join(this.folder, `${relation.name}.csv`);
    const names = columns.map(({ name }) => escapeIdentifier(name)).join(', ');
    const from = `${escapeIdentifier(relation.schema)}.${escapeIdentifier(relation.name)}`;
    try {
      await pipeline(
        client.query(to(`COPY (SELECT ${names} FROM ${from}) TO STDOUT (FORMAT csv, NULL '\\N')`)),
        createWriteStream(file, { mode: 0o600 }),
      );
      await connection.run(createSql(relation, columns, file));
      const renamed = columns.map(({ name }) => `${identifier(camelCase(name))} AS ${identifier(name)}`);
      await connection.run(
        `CREATE VIEW ${POSTGRES_NAMES}.${identifier(relation.name)} AS SELECT ${renamed.join(', ')} FROM main.${identifier(relation.name)}`,
      );
    } finally {
      await rm(file, { force: true });
    }
  }

  async close(): Promise<void> {
    const client = await this.opened?.catch(() => undefined);
    if (!client) return;
    this.opened = undefined;
    await client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    );
  }

  private async open(): Promise<PoolClient> {
    const client = await this.pool.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'`);
    return client;
  }
}

async function columnsIn(client: PoolClient, { schema, name }: Relation): Promise<PostgresColumn[]> {
  const { rows } = await client.query<PostgresColumn>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
      WHERE attrelid = format('%I.%I', $1::text, $2::text)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [schema, name],
  );
  return rows;
}

function createSql({ name }: Relation, columns: readonly PostgresColumn[], file: string): string {
  const read = columns.map((column) => {
    const type = duckdbType(column);
    return `${identifier(column.name)}: ${literal(type === 'JSON' || type.endsWith('[]') ? 'VARCHAR' : type)}`;
  });
  const values = columns.map((column) => {
    const [value, type] = [identifier(column.name), duckdbType(column)];
    const typed = type.endsWith('[]')
      ? `from_json(${value}, '["VARCHAR"]')`
      : type === 'JSON'
        ? `${value}::JSON`
        : value;
    return `${typed} AS ${identifier(camelCase(column.name))}`;
  });
  const options = `auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '\\N', allow_quoted_nulls = false, max_line_size = 16777216, parallel = false`;
  return `CREATE TABLE main.${identifier(name)} AS SELECT ${values.join(', ')} FROM read_csv(${literal(file)}, ${options}, columns = {${read.join(', ')}})`;
}
