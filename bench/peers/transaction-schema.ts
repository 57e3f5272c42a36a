import pg from 'pg';

const SCHEMA = `
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
CREATE TABLE peer.books (book_id text PRIMARY KEY);
CREATE TABLE peer.copies (book_id text, copy_id text, reservation_id uuid, PRIMARY KEY (book_id, copy_id));
CREATE TABLE peer.reservations (reservation_id uuid PRIMARY KEY, book_id text NOT NULL REFERENCES peer.books,
  user_id text NOT NULL, status text NOT NULL, reserved_at timestamptz NOT NULL);
CREATE UNIQUE INDEX ON peer.reservations (book_id, user_id) WHERE status IN ('waiting', 'ready');
`;

/** Creates the tables of the peer with one transaction per request, and the books "1" to `books` with four copies each. */
export async function createPeerTables(databaseUrl: string, books: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(SCHEMA);
    await client.query('INSERT INTO peer.books SELECT i::text FROM generate_series(1, $1::int) AS i', [
      books,
    ]);
    await client.query(
      `INSERT INTO peer.copies SELECT i::text, i || '-' || c, NULL
         FROM generate_series(1, $1::int) AS i, generate_series(1, 4) AS c`,
      [books],
    );
    await client.query('ANALYZE peer.books, peer.copies');
  } finally {
    await client.end();
  }
}
