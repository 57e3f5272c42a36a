-- For the policy that ends pickup windows: the reservations that are ready, by the end of their window.
CREATE INDEX "reservations_pickup_idx" ON "library"."reservations" ("pickup_by") WHERE "status" = 'ready';
