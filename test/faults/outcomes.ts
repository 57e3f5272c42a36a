import { unknownBook, type Book } from '../../consumer/domain/book';
import type { PositionedEvent } from '../../consumer/projector/projection';
import { foldBatch } from '../../consumer/views/availability/fold-batch';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent, Family } from '../../schemas/event-set';
import { LIBRARY_EVENTS, OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import type { Stage } from '../stage';

/** Outcomes by book, each book's in order. */
export type OutcomesByBook = ReadonlyMap<string, readonly Outcome[]>;

/** What a replay of the stream decides, from its beginning to its present end. */
export async function decidedOutcomes(stage: Stage): Promise<OutcomesByBook> {
  const events = await readAll(stage, stage.topics.reservations, LIBRARY_EVENTS);
  const books = new Map<string, Book>();
  for (const { event } of events) books.set(event.bookId, unknownBook(event.bookId));
  const { outbox } = foldBatch(events, books, new Set(), () => ({
    pickupWindow: stage.config.PICKUP_WINDOW,
  }));
  return byBook(outbox.map(({ outcome }) => outcome));
}

/** What is on the topic of outcomes, as somebody reads it who drops what they have seen before. */
export async function publishedOutcomes(stage: Stage): Promise<OutcomesByBook> {
  const first = new Map<string, Outcome>();
  for (const { event: outcome } of await readAll(stage, stage.topics.outcomes, OUTCOMES)) {
    const known = first.get(outcome.eventId);
    if (known) expect(outcome).toEqual(known);
    else first.set(outcome.eventId, outcome);
  }
  return byBook([...first.values()]);
}

/** Every record of a topic up to its present end, each partition's in order. */
async function readAll<E extends AnyEvent>(
  stage: Stage,
  topic: string,
  schemas: Family<E>,
): Promise<PositionedEvent<E>[]> {
  const registry = createRegistry(stage.config.SCHEMA_REGISTRY_URL);
  const decoder = createDecoder({ registry, schemas });
  const events: PositionedEvent<E>[] = [];
  for await (const { records } of stage.log.read(topic, { ranges: await stage.log.bounds(topic) })) {
    await decoder.learn(records.map(({ value }) => value));
    for (const record of records) {
      const { partition, offset, timestamp } = record;
      events.push({ event: decoder.decode(record.value), position: { partition, offset }, timestamp });
    }
  }
  return events;
}

function byBook(outcomes: readonly Outcome[]): Map<string, Outcome[]> {
  const books = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const ofBook = books.get(outcome.bookId);
    if (ofBook) ofBook.push(outcome);
    else books.set(outcome.bookId, [outcome]);
  }
  return books;
}
