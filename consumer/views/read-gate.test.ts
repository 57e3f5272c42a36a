import { partitionOf } from '../../infra/event-log/murmur2';
import { ReadGate } from './read-gate';

const PARTITIONS = 12;
const OWN = partitionOf(Buffer.from('moby-dick'), PARTITIONS);
const OTHER = (OWN + 1) % PARTITIONS;

const gate = new ReadGate({ reaches: () => Promise.resolve(true) }, PARTITIONS);
const read = (params: object, partition: number) =>
  gate.read(
    { params, query: { after: { partition, offset: 7 } }, signal: new AbortController().signal },
    () => Promise.resolve('the answer'),
  );

test('a position that the book can have is waited for', async () => {
  await expect(read({ bookId: 'moby-dick' }, OWN)).resolves.toBe('the answer');
});

test('a position in another partition than the book is refused at once, with the right one', async () => {
  await expect(read({ bookId: 'moby-dick' }, OTHER)).rejects.toMatchObject({
    kind: { status: 400 },
    options: {
      errors: [
        {
          path: 'after',
          message: `must be a position in partition ${OWN}, in which all events of this book are`,
        },
      ],
    },
  });
});

test('where no book is named, any partition of the topic will do, and no other', async () => {
  await expect(read({ userId: 'ishmael' }, OTHER)).resolves.toBe('the answer');
  await expect(read({}, PARTITIONS)).rejects.toMatchObject({ options: { errors: [{ path: 'after' }] } });
});
