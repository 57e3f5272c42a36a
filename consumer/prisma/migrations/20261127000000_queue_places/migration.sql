-- Places in long queues, and lists of closed reservations, without counting or sorting all there are:
-- docs/decisions/0024-queue-places.md.

-- Marks in a long queue: tickets, and how many wait in front of each. NULL: the queue is short, or has not changed since.
ALTER TABLE "library"."books" ADD COLUMN "queue_tickets" BIGINT[];
ALTER TABLE "library"."books" ADD COLUMN "queue_places" BIGINT[];
-- The last event of the book that they contain. They count while the history holds no later one: older versions leave them as they are.
ALTER TABLE "library"."books" ADD COLUMN "queue_at" BIGINT;

-- A book's closed reservations, those of each status in their order.
CREATE INDEX "reservations_closed_idx" ON "library"."reservations" ("book_id", "status", "ticket")
    WHERE "status" IN ('fulfilled', 'cancelled', 'expired', 'rejected');
