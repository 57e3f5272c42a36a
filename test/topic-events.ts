import { unknownBook, type Book } from '../consumer/domain/book';
import type { PositionedEvent } from '../consumer/projector/projection';
import { foldBatch } from '../consumer/views/availability/fold-batch';
import type { LogRecord } from '../infra/event-log/log';
import { createDecoder } from '../schemas/codec/codec';
import type { AnyEvent, EventSet } from '../schemas/event-set';
import type { LibraryEvent, Outcome } from '../schemas/generated/events';
import { createRegistry } from '../schemas/registry/registry';
import type { TestEnvironment } from './environment';

/** An event with the record that it was read from. */
export interface ReadEvent<E extends AnyEvent> extends PositionedEvent<E> {
  readonly record: LogRecord;
}

/**
 * Every event of a topic up to its present end, each partition's in order.
 * @param isMeant the records that are to be read; default: all
 */
export async function readEvents<E extends AnyEvent>(
  { log, config }: TestEnvironment,
  topic: string,
  schemas: EventSet<E>,
  isMeant: (record: LogRecord) => boolean = () => true,
): Promise<ReadEvent<E>[]> {
  const decoder = createDecoder({ registry: createRegistry(config.SCHEMA_REGISTRY_URL), schemas });
  const events: ReadEvent<E>[] = [];
  for await (const batch of log.read(topic, { ranges: await log.bounds(topic) })) {
    const records = batch.records.filter(isMeant);
    await decoder.learn(records.map(({ value }) => value));
    for (const record of records) {
      const { partition, offset, timestamp, value } = record;
      events.push({ event: decoder.decode(value), position: { partition, offset }, timestamp, record });
    }
  }
  return events;
}

/** The outcomes that a replay of the events decides, each book's in order. */
export function decide(events: readonly PositionedEvent<LibraryEvent>[], pickupWindow: number): Outcome[] {
  const books = new Map<string, Book>();
  for (const { event } of events) books.set(event.bookId, unknownBook(event.bookId));
  const { outbox } = foldBatch(events, books, new Set(), () => ({ pickupWindow }));
  return outbox.map(({ outcome }) => outcome);
}

export function byBook(outcomes: readonly Outcome[]): Map<string, Outcome[]> {
  const books = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const ofBook = books.get(outcome.bookId);
    if (ofBook) ofBook.push(outcome);
    else books.set(outcome.bookId, [outcome]);
  }
  return books;
}
