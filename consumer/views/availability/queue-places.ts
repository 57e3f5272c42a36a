/** Places in queues, as SQL: docs/decisions/0024-queue-places.md. */

/**
 * The place of a waiting reservation: how many of its book wait with its ticket or a smaller one. In a long queue they are counted from
 * the next mark of the book on, where the marks are as new as the history. `OFFSET 0`: the mark is found once.
 * @param reservation the alias of its row, which has `book_id`, `partition` and `ticket`
 * @param book the alias of the row of its book, or of NULLs
 */
export const placeSql = (reservation: string, book: string) => `(
  SELECT mark.place + (
           SELECT count(*) FROM library.reservations w
            WHERE w.book_id = ${reservation}.book_id AND w.status = 'waiting' AND w.ticket BETWEEN mark.ticket AND ${reservation}.ticket)
    FROM (SELECT coalesce(${book}.queue_places[found.number], 0) AS place, coalesce(${book}.queue_tickets[found.number], 0) AS ticket
            FROM (SELECT CASE WHEN ${book}.queue_at IS NOT NULL AND ${book}.queue_at >= (
                           SELECT h."offset" FROM library.history h
                            WHERE h.book_id = ${reservation}.book_id AND h.partition = ${reservation}.partition
                            ORDER BY h.partition DESC, h."offset" DESC LIMIT 1)
                         THEN nullif(width_bucket(${reservation}.ticket, ${book}.queue_tickets), 0) END AS number OFFSET 0) AS found
          OFFSET 0) AS mark)::int`;
