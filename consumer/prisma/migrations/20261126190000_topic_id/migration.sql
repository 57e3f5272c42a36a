-- The ID of the topic that a position belongs to: a topic that is deleted and made anew has another. NULL: not known yet.
ALTER TABLE "library"."progress" ADD COLUMN "topic_id" TEXT;
