CREATE TABLE outcomes (
  "eventId" text PRIMARY KEY,
  type text NOT NULL,
  "occurredAt" timestamptz NOT NULL,
  "bookId" text NOT NULL,
  "reservationId" text NOT NULL,
  "userId" text NOT NULL,
  "copyId" text,
  "pickupBy" timestamptz,
  "queuePosition" int,
  status text,
  reason text,
  code text
);
