import { LIBRARY_EVENTS, OUTCOMES, type Outcome } from '../../schemas/generated/events';
import type { TestEnvironment } from '../environment';
import { byBook, decide, readEvents } from '../topic-events';

/** Outcomes by book, each book's in order. */
export type OutcomesByBook = ReadonlyMap<string, readonly Outcome[]>;

/** The outcomes that a replay of the stream decides, from its beginning to its present end. */
export async function decidedOutcomes(environment: TestEnvironment): Promise<OutcomesByBook> {
  const { topics, config } = environment;
  const events = await readEvents(environment, topics.reservations, LIBRARY_EVENTS);
  return byBook(decide(events, config.PICKUP_WINDOW));
}

/** The outcomes on their topic, without repeats. Repeats must be equal. */
export async function publishedOutcomes(environment: TestEnvironment): Promise<OutcomesByBook> {
  const first = new Map<string, Outcome>();
  for (const { event: outcome } of await readEvents(environment, environment.topics.outcomes, OUTCOMES)) {
    const known = first.get(outcome.eventId);
    if (known) expect(outcome).toEqual(known);
    else first.set(outcome.eventId, outcome);
  }
  return byBook([...first.values()]);
}
