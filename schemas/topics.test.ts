import { topicNames, topicSpecs } from './topics';

// The names and settings of topics that exist: another value would not fit what is deployed.
test('the topics, their names and what they must be set to', () => {
  const durable = {
    'cleanup.policy': 'delete',
    'retention.bytes': '-1',
    'unclean.leader.election.enable': 'false',
  };
  const forEver = { ...durable, 'retention.ms': '-1' };
  expect(topicSpecs(topicNames('library'))).toEqual([
    { topic: 'library.reservations', partitions: 12, settings: forEver },
    { topic: 'library.outcomes', partitions: 12, settings: forEver },
    { topic: 'library.dead-letters', partitions: 12, settings: forEver },
    {
      topic: 'library.idempotency-keys',
      partitions: 1,
      settings: { ...durable, 'retention.ms': '604800000' },
    },
    {
      topic: 'library.schemas',
      partitions: 1,
      settings: { ...durable, 'cleanup.policy': 'compact' },
    },
    {
      topic: 'library.forgotten',
      partitions: 1,
      settings: { ...durable, 'cleanup.policy': 'compact' },
    },
  ]);
});

test('all names start with the prefix', () => {
  expect(topicNames('test.1')).toEqual({
    reservations: 'test.1.reservations',
    outcomes: 'test.1.outcomes',
    deadLetters: 'test.1.dead-letters',
    idempotencyKeys: 'test.1.idempotency-keys',
    schemas: 'test.1.schemas',
    forgotten: 'test.1.forgotten',
  });
});
