/** Places in queues, as SQL: docs/decisions/0024-queue-places.md. */

/**
 * The place of a waiting reservation: how many of its book wait with its ticket or a smaller one. In a long queue they are counted from
 * the next mark of the book on, where the marks are as new as the history.
 * @param reservation the alias of its row, which has `book_id`, `partition` and `ticket`
 * @param book the alias of the row of its book, or of NULLs
 */
export const placeSql = (reservation: string, book: string) => `(
  SELECT coalesce(${book}.queue_places[mark.number], 0) + (
           SELECT count(*) FROM library.reservations w
            WHERE w.book_id = ${reservation}.book_id AND w.status = 'waiting'
              AND w.ticket BETWEEN coalesce(${book}.queue_tickets[mark.number], 0) AND ${reservation}.ticket)
    FROM (SELECT CASE WHEN ${book}.queue_at IS NOT NULL AND NOT EXISTS (
                   SELECT FROM library.history h WHERE h.book_id = ${reservation}.book_id
                      AND h.partition = ${reservation}.partition AND h."offset" > ${book}.queue_at)
                 THEN nullif(width_bucket(${reservation}.ticket, ${book}.queue_tickets), 0) END AS number) AS mark)::int`;
