import { MemoryLog } from '../../infra/event-log/memory-log';
import { isId } from '../ids';
import { erasuresIn, hashOf, isForgotten, nameInBook, type Erasure } from './erasure';
import { ForgottenUnreadableError, ForgottenUsers } from './forgotten-users';

const TOPIC = 'forgotten';

const erasure = (id: string, reservations: number[], outcomes: number[] = []): Erasure => ({
  ...{ id, at: '2026-11-27T06:00:00.000Z', reservations, outcomes, done: true },
});

const FIRST = erasure('5b0f4a0e-6d0c-4f4e-9a39-4c1f0c1e7d28', [10, 0], [3]);
const SECOND = erasure('9a1f6d52-7c55-4d0b-8d0e-3c6f0c1e2b90', [20, 7], [3]);

const eventOf = (userId: string | null, bookId = 'moby-dick') => ({ bookId, userId });
const at = (partition: number, offset: number) => ({ partition, offset });

async function withForgotten(...erasures: Erasure[]) {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  await new ForgottenUsers(log, TOPIC).store('ann', erasures);
  const users = new ForgottenUsers(log, TOPIC);
  return { log, users };
}

test('up to the moment of the erasure a name stands for the user, and afterwards the ID is another person', async () => {
  const { users } = await withForgotten(FIRST, SECOND);
  const mask = users.maskOf('reservations');
  expect(mask.event(eventOf('ann'), at(0, 9)).userId).toBe('ann');
  expect(await users.refresh()).toBe(true);
  expect(await users.refresh()).toBe(false);
  expect(mask.event(eventOf('ann'), at(0, 9)).userId).toBe(nameInBook(FIRST, 'moby-dick'));
  expect(mask.event(eventOf('ann'), at(0, 10)).userId).toBe(nameInBook(SECOND, 'moby-dick'));
  expect(mask.event(eventOf('ann'), at(1, 6)).userId).toBe(nameInBook(SECOND, 'moby-dick'));
  for (const later of [at(0, 20), at(1, 7), at(5, 0)])
    expect(mask.event(eventOf('ann'), later).userId).toBe('ann');
  expect(mask.event(eventOf('bob'), at(0, 9)).userId).toBe('bob');
  expect(mask.event(eventOf(null), at(0, 9)).userId).toBeNull();
  expect([mask.mayName(at(0, 19)), mask.mayName(at(0, 20)), mask.mayName(at(5, 0))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(users.maskOf('outcomes').mayName(at(0, 3))).toBe(false);
  expect(users.maskOf('outcomes').event(eventOf('ann'), at(0, 2)).userId).not.toBe('ann');
});

test('a name is an ID, another one in each book, and tells nothing of the user', () => {
  const name = nameInBook(FIRST, 'moby-dick');
  expect(isId(name)).toBe(true);
  expect(isForgotten(name)).toBe(true);
  expect(nameInBook(FIRST, 'moby-dick')).toBe(name);
  expect(nameInBook(FIRST, 'emma')).not.toBe(name);
  expect(nameInBook(SECOND, 'moby-dick')).not.toBe(name);
  expect(isForgotten('ann')).toBe(false);
});

test('the record names nobody, and what is no record of this kind is passed over', async () => {
  const { log, users } = await withForgotten(FIRST);
  await log.createAppender().append(TOPIC, [
    { key: hashOf('bob'), value: Buffer.from('{"erasures":[{"id":1}]}'), headers: {} },
    { key: 'x', value: Buffer.from('garbage'), headers: {} },
  ]);
  await users.refresh();
  expect(users.erasuresOf('ann')).toEqual([FIRST]);
  expect(users.erasuresOf('bob')).toEqual([]);
  for await (const { records } of log.read(TOPIC, { ranges: await log.bounds(TOPIC) })) {
    expect(records.map(({ key }) => String(key))).not.toContain('ann');
    expect(erasuresIn({ ...records[0]!, value: null })).toBeUndefined();
  }
});

test('without the topic nobody was forgotten; a log that cannot be read is an error that passes', async () => {
  expect(await new ForgottenUsers(new MemoryLog(), TOPIC).refresh()).toBe(false);
  const { log, users } = await withForgotten(FIRST);
  const bounds = jest.spyOn(log, 'bounds').mockRejectedValueOnce(new Error('away'));
  await expect(users.refresh()).rejects.toThrow(ForgottenUnreadableError);
  bounds.mockRestore();
  expect(await users.refresh()).toBe(true);
});
