-- What the availability view has decided and still has to tell the topic of outcomes.
CREATE TABLE "library"."outbox" (
    "partition" INTEGER NOT NULL,
    -- The event that it came from, and its number among what came from that event.
    "offset" BIGINT NOT NULL,
    "seq" INTEGER NOT NULL,
    "outcome" JSONB NOT NULL,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("partition", "offset", "seq")
);
