-- Outcomes that can never be appended, because the topic takes no record of their size or their bytes cannot be made. They
-- stand here instead of in the outbox, so that the later ones of their partition go on.
CREATE TABLE "library"."outbox_set_aside" (
    "partition" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    "seq" INTEGER NOT NULL,
    "outcome" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "set_aside_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_set_aside_pkey" PRIMARY KEY ("partition", "offset", "seq")
);

-- By default a table is vacuumed when a fifth of it has changed, slowly. These change all the time.

-- A queue: every row is deleted, and readers begin where the most dead ones are. Some thousand rows whatever its length.
ALTER TABLE "library"."outbox" SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);

-- A queue as well, whose rows stay: each is updated twice while it is new, and a fifth of all notices ever is much. Room for the
-- new versions beside the old ones.
ALTER TABLE "library"."notices" SET (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
);

-- A few rows, updated with every batch in place. What a long snapshot kept alive goes at once when it ends.
ALTER TABLE "library"."progress" SET (
    fillfactor = 20,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);
