import type { Topics } from '../../infra/config';
import type { TopicSpec } from '../../infra/kafka/topics';

/** Twelve partitions for ever: with another number a book's later events would go to another partition than its earlier ones. */
export const PARTITIONS = 12;

const FOR_EVER = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };
const SEVEN_DAYS_MS = String(7 * 86_400_000);

/** The topics that the platform needs, and what they must be set to. */
export function topicSpecs(topics: Topics): TopicSpec[] {
  return [
    { topic: topics.reservations, partitions: PARTITIONS, settings: FOR_EVER },
    { topic: topics.outcomes, partitions: PARTITIONS, settings: FOR_EVER },
    { topic: topics.deadLetters, partitions: PARTITIONS, settings: FOR_EVER },
    {
      topic: topics.idempotencyKeys,
      partitions: 1,
      settings: { 'retention.ms': SEVEN_DAYS_MS, 'cleanup.policy': 'delete' },
    },
  ];
}
