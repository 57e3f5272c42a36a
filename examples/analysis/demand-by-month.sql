-- Reservations by month
-- Refused ones are counted apart: they are no demand that could have been met.
SELECT date_trunc('month', occurredAt)::DATE AS month,
       CASE WHEN effective THEN 'took effect' ELSE 'refused' END AS outcome,
       count(*) AS reservations
  FROM book_history
 WHERE type = 'BookReserved'
 GROUP BY ALL
 ORDER BY month, outcome DESC;
