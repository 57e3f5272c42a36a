-- A notice belongs to the trace of its outcome, up to whoever receives it.
ALTER TABLE "library"."notices" ADD COLUMN "traceparent" TEXT;
COMMENT ON COLUMN "library"."notices"."traceparent" IS 'The W3C trace context of its outcome; null where there is none.';
