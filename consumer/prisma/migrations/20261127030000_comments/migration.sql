-- What the tables and columns hold, for those who read them with SQL. Where a column is a field of an event, the words are those of
-- its schema.

COMMENT ON TABLE "library"."books" IS 'The catalogue, with the copies and the queue of each book.';
COMMENT ON COLUMN "library"."books"."book_id" IS 'The book, and the key of its records.';
COMMENT ON COLUMN "library"."books"."title" IS 'The title, as shown to readers.';
COMMENT ON COLUMN "library"."books"."authors" IS 'The authors in the order of the title page; empty where none is known.';
COMMENT ON COLUMN "library"."books"."isbn" IS 'The ISBN as it was given; null where there is none.';
COMMENT ON COLUMN "library"."books"."year" IS 'The year of publication; null where it is not known.';
COMMENT ON COLUMN "library"."books"."total" IS 'Copies that are not withdrawn.';
COMMENT ON COLUMN "library"."books"."available" IS 'Copies that anybody may borrow.';
COMMENT ON COLUMN "library"."books"."reserved" IS 'Copies that are set aside for a reservation.';
COMMENT ON COLUMN "library"."books"."on_loan" IS 'Copies that are lent.';
COMMENT ON COLUMN "library"."books"."waiting" IS 'Reservations that wait for a copy.';
COMMENT ON COLUMN "library"."books"."search" IS 'What a search finds the book by: words of title and authors.';
COMMENT ON COLUMN "library"."books"."last_ticket" IS 'The ticket of its last reservation.';
COMMENT ON COLUMN "library"."books"."queue_tickets" IS 'For the engine: marks in a long queue, as tickets.';
COMMENT ON COLUMN "library"."books"."queue_places" IS 'For the engine: how many wait in front of each mark.';
COMMENT ON COLUMN "library"."books"."queue_at" IS 'For the engine: the last event that the marks contain.';

COMMENT ON TABLE "library"."copies" IS 'Each copy of a book, and who has it.';
COMMENT ON COLUMN "library"."copies"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."copies"."copy_id" IS 'The copy.';
COMMENT ON COLUMN "library"."copies"."status" IS 'available, reserved, on-loan or withdrawn.';
COMMENT ON COLUMN "library"."copies"."reservation_id" IS 'The reservation that it is set aside for; else null.';
COMMENT ON COLUMN "library"."copies"."user_id" IS 'For whom it is set aside, or who has it on loan; else null.';

COMMENT ON TABLE "library"."reservations" IS 'Each reservation, and what it came to. Refused ones too: status rejected.';
COMMENT ON COLUMN "library"."reservations"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."reservations"."reservation_id" IS 'The reservation.';
COMMENT ON COLUMN "library"."reservations"."user_id" IS 'The user who reserved.';
COMMENT ON COLUMN "library"."reservations"."status" IS 'waiting, ready, fulfilled, cancelled, expired or rejected.';
COMMENT ON COLUMN "library"."reservations"."copy_id" IS 'The copy that is or was set aside; null where there was none.';
COMMENT ON COLUMN "library"."reservations"."ticket" IS 'Its order of arrival at the book.';
COMMENT ON COLUMN "library"."reservations"."pickup_by" IS 'Until when the copy is kept; null while it waits.';
COMMENT ON COLUMN "library"."reservations"."ready_since" IS 'When the pickup window began; null while it waits.';
COMMENT ON COLUMN "library"."reservations"."rejection" IS 'Why it was refused; null where it was not.';
COMMENT ON COLUMN "library"."reservations"."suspended" IS 'Whether it is passed over while it keeps its place.';
COMMENT ON COLUMN "library"."reservations"."reserved_at" IS 'When it was made, as the event says.';
COMMENT ON COLUMN "library"."reservations"."updated_at" IS 'When the last event changed it, as that event says.';
COMMENT ON COLUMN "library"."reservations"."partition" IS 'The partition of the last event that changed it.';
COMMENT ON COLUMN "library"."reservations"."offset" IS 'The offset of the last event that changed it.';

COMMENT ON TABLE "library"."history" IS 'Every event of a book in the order of the stream. Where code is not null it had no effect.';
COMMENT ON COLUMN "library"."history"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."history"."partition" IS 'The partition of the record.';
COMMENT ON COLUMN "library"."history"."offset" IS 'The offset of the record.';
COMMENT ON COLUMN "library"."history"."event_id" IS 'Names the event for ever. The same event twice is one event.';
COMMENT ON COLUMN "library"."history"."type" IS 'The kind of event, such as BookReserved.';
COMMENT ON COLUMN "library"."history"."occurred_at" IS 'When it happened, UTC. Information only: the order of the stream decides, never clocks.';
COMMENT ON COLUMN "library"."history"."data" IS 'The own fields of the event.';
COMMENT ON COLUMN "library"."history"."code" IS 'Why it was refused; null where it took effect.';

COMMENT ON TABLE "library"."progress" IS 'How far each consumer has read. It changes in one transaction with the rows of the view.';
COMMENT ON COLUMN "library"."progress"."consumer" IS 'The view.';
COMMENT ON COLUMN "library"."progress"."topic" IS 'The topic that it reads.';
COMMENT ON COLUMN "library"."progress"."partition" IS 'The partition.';
COMMENT ON COLUMN "library"."progress"."next_offset" IS 'The offset of the next record to read.';
COMMENT ON COLUMN "library"."progress"."cluster_id" IS 'The Kafka cluster that the offset belongs to.';
COMMENT ON COLUMN "library"."progress"."topic_id" IS 'The ID of the topic that the offset belongs to; null where it is not known.';
COMMENT ON COLUMN "library"."progress"."epoch" IS 'For the engine: another number keeps out projectors that remember the one before.';
COMMENT ON COLUMN "library"."progress"."held_until" IS 'For the engine: until then nobody moves the partition on.';
COMMENT ON COLUMN "library"."progress"."updated_at" IS 'When it was last changed.';

COMMENT ON TABLE "library"."demand_daily" IS 'How often a book was reserved and cancelled on a day. Refused events are not counted.';
COMMENT ON COLUMN "library"."demand_daily"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."demand_daily"."day" IS 'The day in UTC, by the time that the event says it happened.';
COMMENT ON COLUMN "library"."demand_daily"."reservations" IS 'Reservations that took effect.';
COMMENT ON COLUMN "library"."demand_daily"."cancellations" IS 'Cancellations that took effect.';

COMMENT ON TABLE "library"."demand_state" IS 'For the engine: what the next event of a book can depend on.';
COMMENT ON COLUMN "library"."demand_state"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."demand_state"."kind" IS 'The kind of piece.';
COMMENT ON COLUMN "library"."demand_state"."id" IS 'What the piece is of.';
COMMENT ON COLUMN "library"."demand_state"."change" IS 'The change that it comes from.';

COMMENT ON TABLE "library"."demand_ids" IS 'For the engine: IDs that count once for ever.';
COMMENT ON COLUMN "library"."demand_ids"."id" IS 'The ID of an event or a reservation.';
COMMENT ON COLUMN "library"."demand_ids"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."demand_ids"."kind" IS 'event or reservation.';

COMMENT ON TABLE "library"."notices" IS 'What users are told about their reservations, and how far each notice has got.';
COMMENT ON COLUMN "library"."notices"."notice_id" IS 'The ID of the outcome that it tells of: an outcome that is read twice is one notice.';
COMMENT ON COLUMN "library"."notices"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."notices"."reservation_id" IS 'The reservation.';
COMMENT ON COLUMN "library"."notices"."user_id" IS 'The user who is told.';
COMMENT ON COLUMN "library"."notices"."kind" IS 'ready, rejected, expired or limit-reached.';
COMMENT ON COLUMN "library"."notices"."details" IS 'What the text is made of.';
COMMENT ON COLUMN "library"."notices"."created_at" IS 'When it was stored.';
COMMENT ON COLUMN "library"."notices"."status" IS 'pending, delivered, failed or withheld.';
COMMENT ON COLUMN "library"."notices"."attempts" IS 'How often it was taken up for delivery.';
COMMENT ON COLUMN "library"."notices"."next_attempt_at" IS 'When it is due; null where it is not pending.';
COMMENT ON COLUMN "library"."notices"."delivered_at" IS 'When it was delivered; null where it was not.';
COMMENT ON COLUMN "library"."notices"."last_error" IS 'Why the last attempt failed; null where none did.';

COMMENT ON TABLE "library"."dead_letters" IS 'Records that a view could not apply.';
COMMENT ON COLUMN "library"."dead_letters"."consumer" IS 'The view.';
COMMENT ON COLUMN "library"."dead_letters"."topic" IS 'The topic of the record.';
COMMENT ON COLUMN "library"."dead_letters"."partition" IS 'The partition of the record.';
COMMENT ON COLUMN "library"."dead_letters"."offset" IS 'The offset of the record.';
COMMENT ON COLUMN "library"."dead_letters"."book_id" IS 'The book that is held up; null where it is not one of a book of its partition.';
COMMENT ON COLUMN "library"."dead_letters"."status" IS 'dead, parked or discarded.';
COMMENT ON COLUMN "library"."dead_letters"."reason" IS 'Why it could not be applied.';
COMMENT ON COLUMN "library"."dead_letters"."key" IS 'The key of the record.';
COMMENT ON COLUMN "library"."dead_letters"."value" IS 'The value of the record.';
COMMENT ON COLUMN "library"."dead_letters"."headers" IS 'The headers of the record, in Base64.';
COMMENT ON COLUMN "library"."dead_letters"."timestamp" IS 'When Kafka stored the record.';
COMMENT ON COLUMN "library"."dead_letters"."set_aside_at" IS 'When it was set aside.';

COMMENT ON TABLE "library"."held_books" IS 'Books whose later records wait in Kafka behind a dead letter.';
COMMENT ON COLUMN "library"."held_books"."consumer" IS 'The view.';
COMMENT ON COLUMN "library"."held_books"."topic" IS 'The topic that it reads.';
COMMENT ON COLUMN "library"."held_books"."partition" IS 'The partition.';
COMMENT ON COLUMN "library"."held_books"."book_id" IS 'The book.';
COMMENT ON COLUMN "library"."held_books"."from_offset" IS 'The offset from which on its records wait.';
COMMENT ON COLUMN "library"."held_books"."parked" IS 'How many wait.';
COMMENT ON COLUMN "library"."held_books"."held_at" IS 'Since when.';

COMMENT ON TABLE "library"."pickup_windows" IS 'For the engine: which pickup window counted from which event on.';
COMMENT ON COLUMN "library"."pickup_windows"."partition" IS 'The partition.';
COMMENT ON COLUMN "library"."pickup_windows"."from_offset" IS 'The first event that it counted for.';
COMMENT ON COLUMN "library"."pickup_windows"."pickup_window" IS 'Its length in milliseconds.';

COMMENT ON TABLE "library"."outbox" IS 'For the engine: outcomes that are still to be published, a row for each batch.';
COMMENT ON COLUMN "library"."outbox"."partition" IS 'The partition.';
COMMENT ON COLUMN "library"."outbox"."id" IS 'The order in which rows are published.';
COMMENT ON COLUMN "library"."outbox"."first_offset" IS 'The event of its first outcome.';
COMMENT ON COLUMN "library"."outbox"."last_offset" IS 'The event of its last outcome.';
COMMENT ON COLUMN "library"."outbox"."count" IS 'How many outcomes it holds.';
COMMENT ON COLUMN "library"."outbox"."done" IS 'How many of them, from the first on, need not be published any more.';
COMMENT ON COLUMN "library"."outbox"."outcomes" IS 'The outcomes, as JSON.';

COMMENT ON TABLE "library"."outbox_set_aside" IS 'For the engine: outcomes that the topic can never take.';
COMMENT ON COLUMN "library"."outbox_set_aside"."partition" IS 'The partition.';
COMMENT ON COLUMN "library"."outbox_set_aside"."offset" IS 'The event that the outcome came from.';
COMMENT ON COLUMN "library"."outbox_set_aside"."seq" IS 'Its number among the outcomes of that event.';
COMMENT ON COLUMN "library"."outbox_set_aside"."outcome" IS 'The outcome.';
COMMENT ON COLUMN "library"."outbox_set_aside"."reason" IS 'Why the topic does not take it.';
COMMENT ON COLUMN "library"."outbox_set_aside"."set_aside_at" IS 'When it was set aside.';
