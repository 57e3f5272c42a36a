-- The availability view: what the stream of reservations comes to, and how far it has been read.
-- IDs are compared byte by byte (COLLATE "C"), as the fold compares them.

CREATE SCHEMA IF NOT EXISTS "library";

CREATE TABLE "library"."books" (
    "book_id" TEXT COLLATE "C" NOT NULL,
    "title" TEXT NOT NULL,
    "authors" JSONB NOT NULL,
    "isbn" TEXT,
    "year" INTEGER,
    "total" INTEGER NOT NULL,
    "available" INTEGER NOT NULL,
    "reserved" INTEGER NOT NULL,
    "on_loan" INTEGER NOT NULL,
    "waiting" INTEGER NOT NULL,
    "search" TSVECTOR GENERATED ALWAYS AS (
        to_tsvector('simple'::regconfig, "title") || to_tsvector('simple'::regconfig, "authors")
    ) STORED,

    CONSTRAINT "books_pkey" PRIMARY KEY ("book_id"),
    -- Never more copies promised than there are.
    CONSTRAINT "books_counts_add_up" CHECK ("total" = "available" + "reserved" + "on_loan"),
    CONSTRAINT "books_nobody_waits_for_a_free_copy" CHECK ("available" = 0 OR "waiting" = 0)
);

CREATE INDEX "books_search_idx" ON "library"."books" USING GIN ("search");

CREATE TABLE "library"."copies" (
    "book_id" TEXT COLLATE "C" NOT NULL,
    "copy_id" TEXT COLLATE "C" NOT NULL,
    "status" TEXT NOT NULL,
    "reservation_id" UUID,
    "user_id" TEXT COLLATE "C",

    CONSTRAINT "copies_pkey" PRIMARY KEY ("book_id", "copy_id"),
    CONSTRAINT "copies_status_check" CHECK ("status" IN ('available', 'reserved', 'on-loan', 'withdrawn')),
    CONSTRAINT "copies_reserved_for_somebody" CHECK (("status" = 'reserved') = ("reservation_id" IS NOT NULL)),
    CONSTRAINT "copies_held_by_somebody" CHECK (("status" IN ('reserved', 'on-loan')) = ("user_id" IS NOT NULL)),
    -- Deferred: within one batch a reservation may move from one copy to another.
    CONSTRAINT "copies_one_per_reservation" UNIQUE ("book_id", "reservation_id") DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE "library"."reservations" (
    "book_id" TEXT COLLATE "C" NOT NULL,
    "reservation_id" UUID NOT NULL,
    "user_id" TEXT COLLATE "C" NOT NULL,
    "status" TEXT NOT NULL,
    "copy_id" TEXT COLLATE "C",
    -- Order of arrival at the book. Never changes: a place in the queue is the number of smaller waiting tickets.
    "ticket" BIGINT NOT NULL,
    "pickup_by" TIMESTAMPTZ(3),
    "rejection" TEXT,
    "reserved_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    -- The last event that changed it.
    "partition" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,

    CONSTRAINT "reservations_pkey" PRIMARY KEY ("book_id", "reservation_id"),
    CONSTRAINT "reservations_status_check" CHECK ("status" IN ('waiting', 'ready', 'fulfilled', 'cancelled', 'expired', 'rejected')),
    CONSTRAINT "reservations_ready_has_copy" CHECK ("status" <> 'ready' OR ("copy_id" IS NOT NULL AND "pickup_by" IS NOT NULL)),
    CONSTRAINT "reservations_rejected_has_code" CHECK (("status" = 'rejected') = ("rejection" IS NOT NULL)),
    CONSTRAINT "reservations_ticket_key" UNIQUE ("book_id", "ticket"),
    -- One open reservation per user and book; one ready reservation per copy. Exclusion instead of unique indexes
    -- because only a constraint can be both partial and deferred.
    CONSTRAINT "reservations_one_open_per_user" EXCLUDE USING btree ("book_id" WITH =, "user_id" WITH =)
        WHERE ("status" IN ('waiting', 'ready')) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT "reservations_one_ready_per_copy" EXCLUDE USING btree ("book_id" WITH =, "copy_id" WITH =)
        WHERE ("status" = 'ready') DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX "reservations_open_idx" ON "library"."reservations" ("book_id", "ticket") WHERE "status" IN ('waiting', 'ready');
CREATE INDEX "reservations_user_idx" ON "library"."reservations" ("user_id", "reserved_at", "reservation_id", "book_id");

CREATE TABLE "library"."history" (
    "book_id" TEXT COLLATE "C" NOT NULL,
    "partition" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB NOT NULL,
    -- Why it had no effect; null where it had.
    "code" TEXT,

    CONSTRAINT "history_pkey" PRIMARY KEY ("book_id", "partition", "offset"),
    -- The same event twice is one event.
    CONSTRAINT "history_event_key" UNIQUE ("event_id", "book_id")
);

CREATE TABLE "library"."progress" (
    "consumer" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "next_offset" BIGINT NOT NULL,
    -- The Kafka cluster that the offset belongs to.
    "cluster_id" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "progress_pkey" PRIMARY KEY ("consumer", "topic", "partition")
) WITH (fillfactor = 50);
