/**
 * Part of a query over `book_id`: whether the availability view takes events of the book at present. What is decided about
 * a book that is held up behind a dead letter would only wait behind it as well, and be decided again and again meanwhile.
 */
export const NOT_BLOCKED = `book_id NOT IN (
  SELECT d.book_id FROM library.dead_letters d
   WHERE d.consumer = 'availability' AND d.status <> 'discarded' AND d.book_id IS NOT NULL)`;
