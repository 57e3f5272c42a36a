import type { Topics } from '../../../../schemas/topics';
import { deadLetterSource } from '../../../../consumer/export/dead-letter-source';
import { maskedDeadLetters, maskedSource } from '../../../../consumer/export/masked-source';
import { eventSetSource, type EventSource } from '../../../../consumer/export/source';
import { LIBRARY_EVENTS, OUTCOMES } from '../../../../schemas/generated/events';
import type { ForgottenUsers } from '../../../../schemas/forgotten/forgotten-users';
import type { SchemaRegistry } from '../../../../schemas/registry/registry';

export const TOPICS = ['reservations', 'outcomes', 'dead-letters'] as const;

export type TopicName = (typeof TOPICS)[number];

export interface SourceOptions {
  readonly topics: Topics;
  readonly registry: SchemaRegistry;
  /** As they are by now. */
  readonly forgotten: ForgottenUsers;
}

/**
 * The source for a topic, given by its short or its full name, without those who were forgotten; undefined for an unknown
 * name.
 */
export function sourceOf(
  name: string,
  { topics, registry, forgotten }: SourceOptions,
): EventSource | undefined {
  const masks = new Map(
    (['reservations', 'outcomes'] as const).map((each) => [topics[each], forgotten.maskOf(each)]),
  );
  switch (name) {
    case 'reservations':
    case topics.reservations:
      return maskedSource(
        eventSetSource(topics.reservations, LIBRARY_EVENTS, registry),
        forgotten.maskOf('reservations'),
      );
    case 'outcomes':
    case topics.outcomes:
      return maskedSource(eventSetSource(topics.outcomes, OUTCOMES, registry), forgotten.maskOf('outcomes'));
    case 'dead-letters':
    case topics.deadLetters:
      return maskedDeadLetters(deadLetterSource(topics.deadLetters), (topic) => masks.get(topic));
    default:
      return undefined;
  }
}
