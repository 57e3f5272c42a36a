import express from 'express';
import pg from 'pg';
import { v7 } from 'uuid';
import { z } from 'zod';
import { ID } from '../../schemas/ids';
import { serve } from './serve';

/**
 * The same operation in the usual design: one Postgres transaction per request, which locks the book, checks the rules, sets
 * a copy aside if one is free, and commits to disk.
 */
const id = z.string().regex(ID);
const params = z.object({ bookId: id });
const body = z.strictObject({ userId: id });

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });

type Outcome = { status: 202; reservationId: string } | { status: 404 | 409 };

async function reserve(bookId: string, userId: string): Promise<Outcome> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const outcome = await inTransaction(client, bookId, userId);
    await client.query(outcome.status === 202 ? 'COMMIT' : 'ROLLBACK');
    return outcome;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function inTransaction(client: pg.PoolClient, bookId: string, userId: string): Promise<Outcome> {
  const ask = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
  const book = await ask('lock', 'SELECT 1 FROM peer.books WHERE book_id = $1 FOR UPDATE', [bookId]);
  if (book.rowCount === 0) return { status: 404 };
  const open = await ask(
    'open',
    `SELECT 1 FROM peer.reservations WHERE book_id = $1 AND user_id = $2 AND status IN ('waiting', 'ready')`,
    [bookId, userId],
  );
  if (open.rowCount !== 0) return { status: 409 };
  const reservationId = v7();
  const copy = await ask(
    'copy',
    `UPDATE peer.copies SET reservation_id = $2 WHERE book_id = $1 AND copy_id =
       (SELECT copy_id FROM peer.copies WHERE book_id = $1 AND reservation_id IS NULL LIMIT 1) RETURNING copy_id`,
    [bookId, reservationId],
  );
  await ask('insert', 'INSERT INTO peer.reservations VALUES ($1, $2, $3, $4, now())', [
    ...[reservationId, bookId, userId],
    copy.rowCount === 1 ? 'ready' : 'waiting',
  ]);
  return { status: 202, reservationId };
}

const app = express();
app.post('/v1/books/:bookId/reservations', express.json(), async (request, response) => {
  const path = params.safeParse(request.params);
  const sent = body.safeParse(request.body);
  if (!path.success || !sent.success) return void response.status(400).json({ code: 'invalid-request' });
  const { bookId } = path.data;
  const { userId } = sent.data;
  const outcome = await reserve(bookId, userId);
  if (outcome.status !== 202) return void response.status(outcome.status).json({ code: 'refused' });
  const { reservationId } = outcome;
  response
    .status(202)
    .location(`/v1/books/${bookId}/reservations/${reservationId}`)
    .json({ status: 'accepted', bookId, reservationId, userId });
});

serve(app);
