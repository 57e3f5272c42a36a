-- What the availability view has decided and still has to publish: one row for each batch that it has stored, not one for each
-- outcome.
ALTER TABLE "library"."outbox" RENAME TO "outbox_of_single_outcomes";
ALTER TABLE "library"."outbox_of_single_outcomes" RENAME CONSTRAINT "outbox_pkey" TO "outbox_of_single_outcomes_pkey";

CREATE TABLE "library"."outbox" (
    "partition" INTEGER NOT NULL,
    -- The order in which rows are published. Not that of their offsets: a retry of dead letters comes later than its events.
    "id" BIGINT GENERATED ALWAYS AS IDENTITY,
    -- The events of its first and its last outcome.
    "first_offset" BIGINT NOT NULL,
    "last_offset" BIGINT NOT NULL,
    -- How many outcomes it holds, and how many of them, from the first on, need not be published any more.
    "count" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    -- JSON: an array of [offset of the event, number among the outcomes of that event, outcome]. Text, and not compressed: it is
    -- written once and seldom read.
    "outcomes" TEXT STORAGE EXTERNAL NOT NULL,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("partition", "id"),
    CONSTRAINT "outbox_something_left" CHECK (0 <= "done" AND "done" < "count")
);

INSERT INTO "library"."outbox" ("partition", "first_offset", "last_offset", "count", "outcomes")
SELECT "partition", min("offset"), max("offset"), count(*), json_agg(json_build_array("offset", "seq", "outcome") ORDER BY "offset", "seq")
  FROM (SELECT *, (row_number() OVER (PARTITION BY "partition" ORDER BY "offset", "seq") - 1) / 1000 AS "batch"
          FROM "library"."outbox_of_single_outcomes") AS "single"
 GROUP BY "partition", "batch" ORDER BY "partition", "batch";

DROP TABLE "library"."outbox_of_single_outcomes";

-- A queue: every row is deleted, and readers begin where the most dead ones are. Some thousand rows whatever its length; the
-- outcomes themselves are some hundred times as many rows, in pieces.
ALTER TABLE "library"."outbox" SET (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 20000,
    toast.autovacuum_vacuum_cost_delay = 0
);
