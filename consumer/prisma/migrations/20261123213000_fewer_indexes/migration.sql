-- A book's open reservations are found through the constraint "one open per user", which begins with the book as well.
DROP INDEX "library"."reservations_open_idx";
