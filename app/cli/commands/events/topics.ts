import type { Topics } from '../../../../schemas/topics';
import { deadLetterSource } from '../../../../consumer/export/dead-letter-source';
import { eventSetSource, type EventSource } from '../../../../consumer/export/source';
import { LIBRARY_EVENTS, OUTCOMES } from '../../../../schemas/generated/events';
import type { SchemaRegistry } from '../../../../schemas/registry/registry';

export const TOPICS = ['reservations', 'outcomes', 'dead-letters'] as const;

export type TopicName = (typeof TOPICS)[number];

/** The source for a topic, given by its short or its full name; undefined for an unknown name. */
export function sourceOf(name: string, topics: Topics, registry: SchemaRegistry): EventSource | undefined {
  switch (name) {
    case 'reservations':
    case topics.reservations:
      return eventSetSource(topics.reservations, LIBRARY_EVENTS, registry);
    case 'outcomes':
    case topics.outcomes:
      return eventSetSource(topics.outcomes, OUTCOMES, registry);
    case 'dead-letters':
    case topics.deadLetters:
      return deadLetterSource(topics.deadLetters);
    default:
      return undefined;
  }
}
