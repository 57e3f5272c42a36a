import OffsetManager from 'kafkajs/src/consumer/offsetManager';
import { followMoves } from './moves';

followMoves();

/** A broker with the offsets of the group. */
function coordinator(offset: string, isConnected: boolean): OffsetManager.Coordinator {
  return {
    isConnected: () => isConnected,
    offsetFetch: () =>
      isConnected
        ? Promise.resolve({ responses: [{ topic: 'books', partitions: [{ partition: 0, offset }] }] })
        : Promise.reject(new Error('Closed connection')),
  };
}

test('a member whose coordinator was killed before it knew where to begin learns it from the next one', async () => {
  const manager = new OffsetManager({
    cluster: {
      committedOffsets: () => ({}),
      findGroupCoordinator: () => Promise.resolve(coordinator('7', true)),
    },
    coordinator: coordinator('3', false),
    memberAssignment: { books: [0] },
    topicConfigurations: { books: {} },
    groupId: 'availability',
    autoCommit: false,
  });
  await manager.resolveOffsets();
  expect(String(manager.nextOffset('books', 0))).toBe('7');
});
