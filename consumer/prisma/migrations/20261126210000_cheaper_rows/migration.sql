-- What each event pays for in rows and indexes: docs/decisions/0021-guards-outside-of-the-database.md.

-- The last ticket of a book stands with its counts, which change with it. An index of all tickets there ever were is not needed.
ALTER TABLE "library"."books" ADD COLUMN "last_ticket" BIGINT NOT NULL DEFAULT 0;
UPDATE "library"."books" b SET "last_ticket" = coalesce(
    (SELECT max(r."ticket") FROM "library"."reservations" r WHERE r."book_id" = b."book_id"), 0);
ALTER TABLE "library"."reservations" DROP CONSTRAINT "reservations_ticket_key";

-- A book's open reservations, in their order. That a user has one of them at most is the fold's to see to.
ALTER TABLE "library"."reservations" DROP CONSTRAINT "reservations_one_open_per_user";
CREATE INDEX "reservations_open_idx" ON "library"."reservations" ("book_id", "ticket") WHERE "status" IN ('waiting', 'ready');

-- A reader has few reservations: they need not be found in the order of their IDs.
DROP INDEX "library"."reservations_user_idx";
CREATE INDEX "reservations_user_idx" ON "library"."reservations" ("user_id", "reserved_at");

-- Without it no index of a copy changes when the copy does.
ALTER TABLE "library"."copies" DROP CONSTRAINT "copies_one_per_reservation";

-- Room on each page for the next versions of its rows: they need no new entries in the indexes then.
ALTER TABLE "library"."books" SET (fillfactor = 70);
ALTER TABLE "library"."copies" SET (fillfactor = 70);
