-- Whoever changes a view otherwise than by reading on (a retry of dead letters, a rebuilt view) begins a new epoch:
-- projectors that remember the old one are kept out by the fence, and read anew where they stand.
ALTER TABLE "library"."progress" ADD COLUMN "epoch" BIGINT NOT NULL DEFAULT 0;
-- Until then nobody moves the partition on: a rebuilt view is about to take its place. It ends by itself.
ALTER TABLE "library"."progress" ADD COLUMN "held_until" TIMESTAMPTZ(3);

-- Records that a view could not take, and behind them the later ones of the same book, in their order.
CREATE TABLE "library"."dead_letters" (
    "consumer" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    -- The book that is held up; null where the record is not one of a book of its partition.
    "book_id" TEXT COLLATE "C",
    "status" TEXT NOT NULL,
    -- Why it could not be taken; null while it only waits behind another one.
    "reason" TEXT,
    -- The record, byte by byte. Headers: a JSON object of Base64.
    "key" BYTEA,
    "value" BYTEA,
    "headers" JSONB NOT NULL,
    "timestamp" TIMESTAMPTZ(3) NOT NULL,
    "set_aside_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dead_letters_pkey" PRIMARY KEY ("consumer", "topic", "partition", "offset"),
    CONSTRAINT "dead_letters_status_check" CHECK ("status" IN ('dead', 'parked', 'discarded')),
    CONSTRAINT "dead_letters_reason_check" CHECK (("status" = 'parked') = ("reason" IS NULL)),
    CONSTRAINT "dead_letters_parked_behind_a_book" CHECK ("status" <> 'parked' OR "book_id" IS NOT NULL)
);

CREATE INDEX "dead_letters_book_idx" ON "library"."dead_letters" ("book_id", "consumer", "offset") WHERE "status" <> 'discarded';

-- Which pickup window the availability view counted with, from which event on: a replay counts with the same.
CREATE TABLE "library"."pickup_windows" (
    "partition" INTEGER NOT NULL,
    "from_offset" BIGINT NOT NULL,
    -- Milliseconds.
    "pickup_window" BIGINT NOT NULL,

    CONSTRAINT "pickup_windows_pkey" PRIMARY KEY ("partition", "from_offset")
);

-- Notices of which nobody needs to be told any more.
ALTER TABLE "library"."notices" DROP CONSTRAINT "notices_status_check";
ALTER TABLE "library"."notices" ADD CONSTRAINT "notices_status_check" CHECK ("status" IN ('pending', 'delivered', 'failed', 'withheld'));
