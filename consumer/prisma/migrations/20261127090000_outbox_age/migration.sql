-- How old what waits to be published is. Rows that wait already count as stored now.
ALTER TABLE "library"."outbox" ADD COLUMN "stored_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
COMMENT ON COLUMN "library"."outbox"."stored_at" IS 'When its batch was stored.';
