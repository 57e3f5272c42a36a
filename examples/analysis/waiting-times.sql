-- How long readers wait for a copy
-- From the reservation to the first time that a copy was set aside for it. Who gave up before is a bar of its own.
WITH wanted AS (
  SELECT reservationId, reservedAt, status FROM book_reservations WHERE effective
), ready AS (
  SELECT reservationId, min(occurredAt) AS readyAt FROM outcomes WHERE type = 'ReservationReady' GROUP BY reservationId
), waits AS (
  SELECT status, date_diff('second', reservedAt, readyAt) / 86400 AS days FROM wanted LEFT JOIN ready USING (reservationId)
), bars AS (
  SELECT CASE WHEN days IS NULL AND status = 'waiting' THEN 7 WHEN days IS NULL THEN 6
              WHEN days = 0 THEN 0 WHEN days < 7 THEN 1 WHEN days < 14 THEN 2
              WHEN days < 30 THEN 3 WHEN days < 60 THEN 4 ELSE 5 END AS bar
    FROM waits
)
SELECT ['at once', 'up to a week', 'up to two weeks', 'up to a month', 'up to two months', 'longer', 'gave up', 'still waits'][bar + 1] AS waited,
       count(*) AS reservations
  FROM bars
 GROUP BY bar
 ORDER BY bar;
