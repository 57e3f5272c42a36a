-- What users are told about their reservations, and how far each notice has got on its way to them.
CREATE TABLE "library"."notices" (
    -- The ID of the outcome that it tells of: an outcome that is read twice is one notice.
    "notice_id" UUID NOT NULL,
    "book_id" TEXT COLLATE "C" NOT NULL,
    "reservation_id" UUID NOT NULL,
    "user_id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" TEXT NOT NULL DEFAULT 'pending',
    -- How often it was taken up for delivery.
    "attempts" INTEGER NOT NULL DEFAULT 0,
    -- Taking it up puts this off: whoever dies with a notice in hand leaves it to be taken up again.
    "next_attempt_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),
    "last_error" TEXT,

    CONSTRAINT "notices_pkey" PRIMARY KEY ("notice_id"),
    CONSTRAINT "notices_kind_check" CHECK ("kind" IN ('ready', 'rejected', 'expired', 'limit-reached')),
    CONSTRAINT "notices_status_check" CHECK ("status" IN ('pending', 'delivered', 'failed')),
    CONSTRAINT "notices_pending_is_due_some_time" CHECK (("status" = 'pending') = ("next_attempt_at" IS NOT NULL)),
    CONSTRAINT "notices_delivered_some_time" CHECK (("status" = 'delivered') = ("delivered_at" IS NOT NULL))
);

-- Apart, so that new notices are found at once however many others wait for their next attempt.
CREATE INDEX "notices_new_idx" ON "library"."notices" ("next_attempt_at") WHERE "status" = 'pending' AND "attempts" = 0;
CREATE INDEX "notices_again_idx" ON "library"."notices" ("next_attempt_at") WHERE "status" = 'pending' AND "attempts" > 0;
-- Those that were given up.
CREATE INDEX "notices_failed_idx" ON "library"."notices" ("created_at") WHERE "status" = 'failed';
CREATE INDEX "notices_user_idx" ON "library"."notices" ("user_id", "created_at");
