-- A book that waits behind a dead letter, and from where on. The records that wait are not stored: Kafka keeps them, and a
-- retry reads those of the book from there.
CREATE TABLE "library"."held_books" (
    "consumer" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "book_id" TEXT COLLATE "C" NOT NULL,
    -- No record of the book before it waits; all from here up to the consumer's next_offset do.
    "from_offset" BIGINT NOT NULL,
    -- How many of them wait behind the dead one. For people: a retry goes by the offsets.
    "parked" BIGINT NOT NULL DEFAULT 0,
    "held_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "held_books_pkey" PRIMARY KEY ("consumer", "topic", "partition", "book_id")
) WITH (fillfactor = 50);

-- Whoever is storing a parked record now has done so before the parked ones are counted; nobody can afterwards.
LOCK TABLE "library"."dead_letters" IN EXCLUSIVE MODE;

-- Until now parked records were stored whole. They were all records of their book from the oldest on.
INSERT INTO "library"."held_books" ("consumer", "topic", "partition", "book_id", "from_offset", "parked", "held_at")
SELECT "consumer", "topic", "partition", "book_id", min("offset"), count(*) FILTER (WHERE "status" = 'parked'), min("set_aside_at")
  FROM "library"."dead_letters" WHERE "status" <> 'discarded' AND "book_id" IS NOT NULL
 GROUP BY "consumer", "topic", "partition", "book_id";

DELETE FROM "library"."dead_letters" WHERE "status" = 'parked';
ALTER TABLE "library"."dead_letters" DROP CONSTRAINT "dead_letters_parked_behind_a_book";
ALTER TABLE "library"."dead_letters" DROP CONSTRAINT "dead_letters_reason_check";
ALTER TABLE "library"."dead_letters" DROP CONSTRAINT "dead_letters_status_check";
ALTER TABLE "library"."dead_letters" ADD CONSTRAINT "dead_letters_status_check" CHECK ("status" IN ('dead', 'discarded'));
ALTER TABLE "library"."dead_letters" ALTER COLUMN "reason" SET NOT NULL;
-- Null: a client has given the record a time that no calendar holds.
ALTER TABLE "library"."dead_letters" ALTER COLUMN "timestamp" DROP NOT NULL;

-- For the figures, which count the dead ones often.
CREATE INDEX "dead_letters_dead_idx" ON "library"."dead_letters" ("consumer", "topic", "partition") WHERE "status" = 'dead';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'library_analyst') THEN
        GRANT SELECT ON "library"."held_books" TO library_analyst;
    END IF;
END
$$;
