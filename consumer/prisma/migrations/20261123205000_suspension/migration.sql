-- Suspended reservations keep their place in the queue and are passed over.
ALTER TABLE "library"."reservations" ADD COLUMN "suspended" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "library"."reservations" ADD CONSTRAINT "reservations_only_waiting_suspended" CHECK (NOT "suspended" OR "status" = 'waiting');
-- A copy may be free while all who wait for it are suspended.
ALTER TABLE "library"."books" DROP CONSTRAINT "books_nobody_waits_for_a_free_copy";
