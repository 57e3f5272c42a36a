-- When the pickup window of a ready reservation began: it names the window, whatever the length of windows is.
ALTER TABLE "library"."reservations" ADD COLUMN "ready_since" TIMESTAMPTZ(3);

-- The windows that are open now began by their length before their end. It is recorded since when which length counts.
UPDATE "library"."reservations" r
   SET "ready_since" = r."pickup_by" - w."pickup_window" * interval '1 millisecond'
  FROM "library"."pickup_windows" w
 WHERE r."status" = 'ready' AND w."partition" = r."partition"
   AND w."from_offset" = (SELECT max(o."from_offset") FROM "library"."pickup_windows" o
                           WHERE o."partition" = r."partition" AND o."from_offset" <= r."offset");
