import type { Topics } from '../infra/config';
import type { TopicSpec } from '../infra/kafka/topics';

/**
 * The number of partitions, and it never changes: with another number a book's later events would go to another partition
 * than its earlier ones, and their order would be lost.
 */
export const PARTITIONS = 12;

const KEPT_FOREVER = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };
const SEVEN_DAYS_MS = String(7 * 86_400_000);

/** The topics of the platform, each with its number of partitions and its settings. */
export function topicSpecs(topics: Topics): TopicSpec[] {
  return [
    { topic: topics.reservations, partitions: PARTITIONS, settings: KEPT_FOREVER },
    { topic: topics.outcomes, partitions: PARTITIONS, settings: KEPT_FOREVER },
    { topic: topics.deadLetters, partitions: PARTITIONS, settings: KEPT_FOREVER },
    {
      topic: topics.idempotencyKeys,
      partitions: 1,
      settings: { 'retention.ms': SEVEN_DAYS_MS, 'cleanup.policy': 'delete' },
    },
  ];
}
