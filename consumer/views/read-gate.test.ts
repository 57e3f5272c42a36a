import { partitionOf } from '../../infra/event-log/murmur2';
import { ReadGate } from './read-gate';

const PARTITIONS = 12;
const OWN = partitionOf(Buffer.from('moby-dick'), PARTITIONS);
const OTHER = (OWN + 1) % PARTITIONS;

const watcher = { reaches: () => Promise.resolve(true), connections: 1 };
const request = (params: object, partition: number) => ({
  params,
  query: { after: { partition, offset: 7 } },
  signal: new AbortController().signal,
});
const read = (params: object, partition: number) =>
  new ReadGate(watcher, PARTITIONS).read(request(params, partition), () => Promise.resolve('the answer'));

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

describe('while the database is replaced by one that lacks the last commits', () => {
  /** Whether the view has reached the position, each time that it is asked. */
  function replaced(...reached: boolean[]) {
    const replacing = { connections: 1, reaches: () => Promise.resolve(reached.shift()!) };
    const gate = new ReadGate(replacing, PARTITIONS);
    const answers = ['of the new one, too old', 'caught up'];
    const answer = (fail: boolean) => () => {
      const [text] = answers.splice(0, 1);
      if (text !== 'caught up') replacing.connections += 1;
      return fail && text !== 'caught up' ? Promise.reject(new Error(text)) : Promise.resolve(text);
    };
    return (fail: boolean) => gate.read(request({ bookId: 'moby-dick' }, OWN), answer(fail));
  }

  test('an answer from over a new connection does not count, nor does an error', async () => {
    await expect(replaced(true, true)(false)).resolves.toBe('caught up');
    await expect(replaced(true, true)(true)).resolves.toBe('caught up');
  });

  test('the view is waited for again', async () => {
    await expect(replaced(true, false)(false)).rejects.toMatchObject({ kind: { code: 'not-caught-up' } });
  });

  test('a read that asks for no position is answered', async () => {
    const { query: _, ...rest } = request({ bookId: 'moby-dick' }, OWN);
    const gate = new ReadGate({ ...watcher, connections: NaN }, PARTITIONS);
    await expect(gate.read({ ...rest, query: {} }, () => Promise.resolve('any'))).resolves.toBe('any');
  });
});
