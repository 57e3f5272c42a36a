-- The demand view: how often each book was reserved and cancelled on each day, and what its own fold has to remember.
CREATE TABLE "library"."demand_daily" (
    "book_id" TEXT COLLATE "C" NOT NULL,
    -- UTC, by the time that the event says it happened.
    "day" DATE NOT NULL,
    "reservations" INTEGER NOT NULL,
    "cancellations" INTEGER NOT NULL,

    CONSTRAINT "demand_daily_pkey" PRIMARY KEY ("day", "book_id")
);

CREATE INDEX "demand_daily_book_idx" ON "library"."demand_daily" ("book_id", "day");

-- What the next event of a book can depend on, in pieces as the fold changes them: the entry, copies, open reservations.
CREATE TABLE "library"."demand_state" (
    "book_id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "change" JSONB NOT NULL,

    CONSTRAINT "demand_state_pkey" PRIMARY KEY ("book_id", "kind", "id")
);

-- IDs that count once for ever: those of events, and those that reservations were given.
CREATE TABLE "library"."demand_ids" (
    "id" UUID NOT NULL,
    "book_id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "demand_ids_pkey" PRIMARY KEY ("id", "book_id", "kind"),
    CONSTRAINT "demand_ids_kind_check" CHECK ("kind" IN ('event', 'reservation'))
);

-- For the forecast: the loans of a book, among all that ever happened to it.
CREATE INDEX "history_loans_idx" ON "library"."history" ("book_id", "partition", "offset")
    WHERE "type" IN ('CopyBorrowed', 'CopyReturned', 'CopyWithdrawn') AND "code" IS NULL;
