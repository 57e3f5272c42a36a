-- What analysts see: with titles, without what is for the engine, and with `effective` where refused events are among the rows.
--
-- A view over a live table would keep a rebuild from replacing that table. A function whose body is a text is tied to no table,
-- and a view over it reads whatever has the name by then. Postgres inlines such a function, so conditions still find indexes.
--
-- Replays make their tables by these migrations, too: the views are over the live tables alone, and are there by then. So the live
-- schema is named without the quotes by which a replay finds the name to replace; where there is none, nobody looks at it.

DO $migration$
DECLARE
    one record;
BEGIN
IF to_regnamespace('library_analysis') IS NOT NULL OR to_regclass('library.books') IS NULL THEN
    RETURN;
END IF;

CREATE SCHEMA library_analysis;
COMMENT ON SCHEMA library_analysis IS 'What analysts see of the views.';

CREATE FUNCTION library_analysis."read_books"()
RETURNS TABLE (book_id text, title text, authors jsonb, isbn text, year integer, total integer, available integer, reserved integer, on_loan integer, waiting integer)
LANGUAGE sql STABLE AS $$
    SELECT b.book_id, b.title, b.authors, b.isbn, b.year, b.total, b.available, b.reserved, b.on_loan, b.waiting
      FROM library.books b
$$;

CREATE FUNCTION library_analysis."read_book_history"()
RETURNS TABLE (book_id text, title text, "partition" integer, "offset" bigint, event_id uuid, type text, occurred_at timestamptz, data jsonb, effective boolean, code text)
LANGUAGE sql STABLE AS $$
    SELECT h.book_id, b.title, h.partition, h."offset", h.event_id, h.type, h.occurred_at, h.data, h.code IS NULL, h.code
      FROM library.history h LEFT JOIN library.books b ON b.book_id = h.book_id
$$;

CREATE FUNCTION library_analysis."read_book_reservations"()
RETURNS TABLE (book_id text, title text, reservation_id uuid, user_id text, status text, effective boolean, code text, copy_id text, suspended boolean, reserved_at timestamptz, ready_since timestamptz, pickup_by timestamptz, updated_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT r.book_id, b.title, r.reservation_id, r.user_id, r.status, r.rejection IS NULL, r.rejection, r.copy_id, r.suspended, r.reserved_at, r.ready_since, r.pickup_by, r.updated_at
      FROM library.reservations r LEFT JOIN library.books b ON b.book_id = r.book_id
$$;

CREATE FUNCTION library_analysis."read_book_demand"()
RETURNS TABLE (book_id text, title text, day date, reservations integer, cancellations integer)
LANGUAGE sql STABLE AS $$
    SELECT d.book_id, b.title, d.day, d.reservations, d.cancellations
      FROM library.demand_daily d LEFT JOIN library.books b ON b.book_id = d.book_id
$$;

CREATE VIEW library_analysis."books" AS SELECT * FROM library_analysis."read_books"();
CREATE VIEW library_analysis."book_history" AS SELECT * FROM library_analysis."read_book_history"();
CREATE VIEW library_analysis."book_reservations" AS SELECT * FROM library_analysis."read_book_reservations"();
CREATE VIEW library_analysis."book_demand" AS SELECT * FROM library_analysis."read_book_demand"();

COMMENT ON VIEW library_analysis."books" IS 'The catalogue, with the copies and the queue of each book.';
COMMENT ON VIEW library_analysis."book_history" IS 'Every event of a book in the order of the stream, with the title. Count where effective.';
COMMENT ON VIEW library_analysis."book_reservations" IS 'Each reservation and what it came to, with the title. Count where effective.';
COMMENT ON VIEW library_analysis."book_demand" IS 'Reservations and cancellations of a book on a day that took effect, with the title.';

-- The words for a column are those of the table that it is from.
    FOR one IN
        SELECT v.oid::regclass AS view, a.attname AS name, col_description(t.oid, s.attnum) AS words
          FROM (VALUES ('books', 'books'), ('book_history', 'history'), ('book_reservations', 'reservations'), ('book_demand', 'demand_daily')) AS pairs (view, source)
          JOIN pg_class v ON v.relname = pairs.view AND v.relnamespace = 'library_analysis'::regnamespace
          JOIN pg_class t ON t.relname = pairs.source AND t.relnamespace = 'library'::regnamespace
          JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
          JOIN pg_attribute s ON s.attrelid = t.oid AND s.attname = a.attname
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', one.view, one.name, one.words);
    END LOOP;
COMMENT ON COLUMN library_analysis."book_history"."title" IS 'The title of the book; null where it is not in the catalogue.';
COMMENT ON COLUMN library_analysis."book_history"."effective" IS 'Whether it took effect: refused events are false.';
COMMENT ON COLUMN library_analysis."book_reservations"."title" IS 'The title of the book; null where it is not in the catalogue.';
COMMENT ON COLUMN library_analysis."book_reservations"."effective" IS 'Whether it took effect: refused reservations are false.';
COMMENT ON COLUMN library_analysis."book_reservations"."code" IS 'Why it was refused; null where it was not.';
COMMENT ON COLUMN library_analysis."book_demand"."title" IS 'The title of the book; null where it is not in the catalogue.';

IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'library_analyst') THEN
    RETURN;
END IF;
GRANT USAGE ON SCHEMA library_analysis TO library_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA library_analysis TO library_analyst;
BEGIN
    EXECUTE format('ALTER ROLE library_analyst IN DATABASE %I SET search_path = library_analysis, library', current_database());
EXCEPTION
    WHEN insufficient_privilege THEN RAISE NOTICE 'the search_path of library_analyst could not be set';
END;
END
$migration$;
