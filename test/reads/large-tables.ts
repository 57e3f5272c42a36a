import type { Pool } from 'pg';

/** The one book whose queue and history are long. Its events are in partition 3. */
export const HOT = 'hot';

/** Who reserved more often than anybody else. */
export const READER = 'reader-7';

const TABLES = ['books', 'copies', 'reservations', 'history', 'demand_daily'];

const ID = (n: string) => `md5(${n}::text)::uuid`;

/**
 * Fills the tables that the API reads with a million rows each, as a library with a long history has them: of one book 100,000 wait,
 * and 300,000 have waited. Of others 1,000 copies are set aside.
 */
export async function fillTables(pool: Pool): Promise<void> {
  const statements = [
    `INSERT INTO library.books (book_id, title, authors, total, available, reserved, on_loan, waiting, last_ticket)
     SELECT 'book-' || n, 'The ' || CASE n % 4 WHEN 0 THEN 'small' ELSE 'great' END || ' volume word' || n % 50000, '["Somebody"]',
            1, 0, 1, 0, 0, 2 FROM generate_series(1, 1000000) AS n`,
    `INSERT INTO library.books (book_id, title, authors, total, available, reserved, on_loan, waiting, last_ticket, queue_tickets,
                                queue_places, queue_at)
     SELECT '${HOT}', 'Hot', '[]', 50, 0, 50, 0, 100000, 400050,
            array_agg(300051 + 200 * n ORDER BY n), array_agg(200 * n ORDER BY n), 400050 FROM generate_series(0, 499) AS n`,
    `INSERT INTO library.copies (book_id, copy_id, status, user_id)
     SELECT CASE WHEN n <= 50000 THEN '${HOT}' ELSE 'book-' || n END, 'copy-' || n, 'on-loan', 'somebody'
       FROM generate_series(1, 1000000) AS n`,
    `INSERT INTO library.reservations
       (book_id, reservation_id, user_id, status, copy_id, ticket, pickup_by, rejection, reserved_at, updated_at, partition, "offset")
     SELECT book_id, ${ID('n')}, CASE WHEN n % 3 = 0 THEN '${READER}' ELSE 'reader-' || n END, status,
            CASE status WHEN 'ready' THEN 'copy-' || n END, n, CASE status WHEN 'ready' THEN now() + n * interval '1 second' END,
            CASE status WHEN 'rejected' THEN 'already-reserved' END, '2026-01-01'::timestamptz + n * interval '1 second', now(), 3, n
       FROM (SELECT n, CASE WHEN n <= 400050 THEN '${HOT}' ELSE 'book-' || n END AS book_id,
                    CASE WHEN n <= 300000 THEN (ARRAY['fulfilled', 'cancelled', 'expired'])[1 + n % 3]
                         WHEN n <= 300050 THEN 'ready' WHEN n <= 400050 THEN 'waiting' WHEN n <= 999000 THEN 'rejected' ELSE 'ready' END AS status
               FROM generate_series(1, 1000000) AS n) AS r`,
    `INSERT INTO library.history (book_id, partition, "offset", event_id, type, occurred_at, data)
     SELECT CASE WHEN n <= 400050 THEN '${HOT}' ELSE 'book-' || n END, 3, n, ${ID('n')},
            CASE n % 10 WHEN 0 THEN 'CopyBorrowed' WHEN 1 THEN 'CopyReturned' ELSE 'BookReserved' END, now(), '{"copyId": "c"}'
       FROM generate_series(1, 1000000) AS n`,
    `INSERT INTO library.demand_daily (book_id, day, reservations, cancellations)
     SELECT 'book-' || n % 10000, '2026-01-01'::date + n / 10000, n % 100, 1 FROM generate_series(0, 999999) AS n`,
  ];
  await withoutIndexes(pool, TABLES, async () => {
    for (const statement of statements) await pool.query(statement);
  });
  await pool.query(`VACUUM ANALYZE ${TABLES.map((table) => `library.${table}`).join(', ')}`);
}

/** Postgres fills a table and sorts its indexes afterwards in a fraction of the time. Without a log, which no plan depends on. */
async function withoutIndexes(
  pool: Pool,
  tables: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const { rows } = await pool.query<{
    name: string;
    definition: string;
    constraint: string | null;
    table: string;
  }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition,
            pg_get_constraintdef(c.oid) AS constraint, t.relname AS table
       FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid
      WHERE t.relnamespace = 'library'::regnamespace AND t.relname = ANY($1)`,
    [tables],
  );
  for (const table of tables) await pool.query(`ALTER TABLE library.${table} SET UNLOGGED`);
  for (const { name, constraint, table } of rows)
    await pool.query(
      constraint
        ? `ALTER TABLE library.${table} DROP CONSTRAINT ${name.replace('library.', '')}`
        : `DROP INDEX ${name}`,
    );
  await fill();
  for (const { name, definition, constraint, table } of rows)
    await pool.query(
      constraint
        ? `ALTER TABLE library.${table} ADD CONSTRAINT ${name.replace('library.', '')} ${constraint}`
        : definition,
    );
}
