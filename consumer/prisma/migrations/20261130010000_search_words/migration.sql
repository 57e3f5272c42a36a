-- Words are what stands between blanks and signs. Postgres takes "Machine/The" for the name of a file and "-22" for a number, and
-- keeps either as one word: signs become blanks before it looks. Searches do the same (`consumer/views/availability/queries.ts`).
ALTER TABLE "library"."books" DROP COLUMN "search";
ALTER TABLE "library"."books" ADD COLUMN "search" TSVECTOR GENERATED ALWAYS AS (
    to_tsvector('simple'::regconfig, translate("title", '/\.@-+<>&_:~%=?#', '                '))
    || to_tsvector('simple'::regconfig, translate("authors"::text, '/\.@-+<>&_:~%=?#', '                '))
) STORED;
CREATE INDEX "books_search_idx" ON "library"."books" USING GIN ("search");
COMMENT ON COLUMN "library"."books"."search" IS 'What a search finds the book by: words of title and authors.';
