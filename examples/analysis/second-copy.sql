-- What one more copy would have saved
-- The queue of each book is played again, with its copies and with one more: a reader gets the copy that is free first, and it
-- is away for as long as copies of that book were on average, from being set aside to coming back. Who cancelled is left out.
WITH RECURSIVE wanted AS (
  SELECT bookId, reservationId, status, epoch(reservedAt) / 86400 AS day, row_number() OVER (PARTITION BY bookId ORDER BY reservedAt) AS n
    FROM book_reservations
   WHERE effective AND status <> 'cancelled'
), set_aside AS (
  SELECT bookId, copyId, occurredAt AS moment FROM outcomes
   WHERE type = 'ReservationReady' AND reservationId IN (SELECT reservationId FROM wanted WHERE status = 'fulfilled')
), back AS (
  SELECT bookId, data->>'copyId' AS copyId, occurredAt AS moment FROM book_history WHERE type = 'CopyReturned' AND effective
), away AS (
  SELECT s.bookId, avg(date_diff('second', s.moment, b.moment)) / 86400 AS days
    FROM set_aside s ASOF JOIN back b ON b.bookId = s.bookId AND b.copyId = s.copyId AND b.moment > s.moment
   GROUP BY s.bookId
), queue AS (
  SELECT bookId, days, more, list_resize([]::DOUBLE[], total + more, 0) AS free, 0::BIGINT AS n, 0::DOUBLE AS waited
    FROM books JOIN away USING (bookId), (VALUES (0), (1)) AS copies (more)
  UNION ALL
  SELECT q.bookId, q.days, q.more, list_sort(list_append(q.free[2:], greatest(q.free[1], w.day) + q.days)), w.n,
         q.waited + greatest(q.free[1] - w.day, 0)
    FROM queue q JOIN wanted w ON w.bookId = q.bookId AND w.n = q.n + 1
), waits AS (
  SELECT bookId, more, arg_max(waited, n) / max(n) AS days FROM queue GROUP BY bookId, more HAVING max(n) > 0
), best AS (
  SELECT bookId, sum(CASE more WHEN 0 THEN days ELSE -days END) AS saved FROM waits GROUP BY bookId ORDER BY saved DESC LIMIT 12
)
SELECT title, CASE more WHEN 0 THEN 'as it was' ELSE 'with one more copy' END AS copies, round(waits.days, 1)::DOUBLE AS "days of waiting, on average"
  FROM best JOIN waits USING (bookId) JOIN books USING (bookId)
 ORDER BY saved DESC, title, more;
