import { topicNames, topicSpecs } from './topics';

// The names and settings of topics that exist: another value would not fit what is deployed.
test('the topics, their names and what they must be set to', () => {
  const forEver = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };
  expect(topicSpecs(topicNames('library'))).toEqual([
    { topic: 'library.reservations', partitions: 12, settings: forEver },
    { topic: 'library.outcomes', partitions: 12, settings: forEver },
    { topic: 'library.dead-letters', partitions: 12, settings: forEver },
    {
      topic: 'library.idempotency-keys',
      partitions: 1,
      settings: { 'retention.ms': '604800000', 'cleanup.policy': 'delete' },
    },
  ]);
});

test('all names start with the prefix', () => {
  expect(topicNames('test.1')).toEqual({
    reservations: 'test.1.reservations',
    outcomes: 'test.1.outcomes',
    deadLetters: 'test.1.dead-letters',
    idempotencyKeys: 'test.1.idempotency-keys',
  });
});
