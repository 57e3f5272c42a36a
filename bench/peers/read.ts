import express from 'express';
import pg from 'pg';
import { serve } from './serve';

/** The least that a read by ID can do: express, and one prepared query by the key. It answers with the row as it is. */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 8 });

const app = express();
app.get('/v1/books/:bookId', async (request, response) => {
  const { rows } = await pool.query<object>({
    name: 'book',
    text: `SELECT book_id, title, authors, isbn, year, total, available, reserved, on_loan, waiting
             FROM library.books WHERE book_id = $1`,
    values: [request.params.bookId],
  });
  response.status(rows.length === 0 ? 404 : 200).json(rows[0] ?? {});
});
app.get('/v1/books/:bookId/reservations/:reservationId', async (request, response) => {
  const { rows } = await pool.query<object>({
    name: 'reservation',
    text: 'SELECT * FROM library.reservations WHERE book_id = $1 AND reservation_id = $2',
    values: [request.params.bookId, request.params.reservationId],
  });
  response.status(rows.length === 0 ? 404 : 200).json(rows[0] ?? {});
});
serve(app);
