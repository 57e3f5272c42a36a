import { unknownBook, type Book } from '../../consumer/domain/book';
import type { PositionedEvent } from '../../consumer/projector/projection';
import { foldBatch } from '../../consumer/views/availability/fold-batch';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet } from '../../schemas/event-set';
import { LIBRARY_EVENTS, OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import type { TestEnvironment } from '../environment';

/** Outcomes by book, each book's in order. */
export type OutcomesByBook = ReadonlyMap<string, readonly Outcome[]>;

/** The outcomes that a replay of the stream decides, from its beginning to its present end. */
export async function decidedOutcomes(environment: TestEnvironment): Promise<OutcomesByBook> {
  const events = await readAll(environment, environment.topics.reservations, LIBRARY_EVENTS);
  const books = new Map<string, Book>();
  for (const { event } of events) books.set(event.bookId, unknownBook(event.bookId));
  const { outbox } = foldBatch(events, books, new Set(), () => ({
    pickupWindow: environment.config.PICKUP_WINDOW,
  }));
  return byBook(outbox.map(({ outcome }) => outcome));
}

/** The outcomes on their topic, without repeats. Repeats must be equal. */
export async function publishedOutcomes(environment: TestEnvironment): Promise<OutcomesByBook> {
  const first = new Map<string, Outcome>();
  for (const { event: outcome } of await readAll(environment, environment.topics.outcomes, OUTCOMES)) {
    const known = first.get(outcome.eventId);
    if (known) expect(outcome).toEqual(known);
    else first.set(outcome.eventId, outcome);
  }
  return byBook([...first.values()]);
}

/** Every record of a topic up to its present end, each partition's in order. */
async function readAll<E extends AnyEvent>(
  environment: TestEnvironment,
  topic: string,
  schemas: EventSet<E>,
): Promise<PositionedEvent<E>[]> {
  const registry = createRegistry(environment.config.SCHEMA_REGISTRY_URL);
  const decoder = createDecoder({ registry, schemas });
  const events: PositionedEvent<E>[] = [];
  for await (const { records } of environment.log.read(topic, {
    ranges: await environment.log.bounds(topic),
  })) {
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
