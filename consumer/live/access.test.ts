import { formatPosition } from '../../infra/event-log/log';
import type { Identify } from '../../infra/http/auth';
import { silent } from '../../infra/http/testing';
import { startAuthentication } from '../../schemas/authentication';
import { append, EventReader, newLog, outcomes, rejected, start } from './testing';

const tokens = 'p=patron:ann;s=staff:anna;a=analyst:ann';
const { identify } = startAuthentication({ mode: 'tokens', tokens }, silent);
const as = (token: string, more: Readonly<Record<string, string>> = {}) => ({
  authorization: `Bearer ${token}`,
  ...more,
});
const usersOf = (reader: EventReader) => reader.events.map(({ data }) => data?.['userId']);

test('a patron follows only their own outcomes, whatever they ask for', async () => {
  const log = newLog();
  const { server } = await start(log, {}, identify);
  const other = await server.send('GET', '/v1/events?userId=bob', { headers: as('p') });
  expect(other.json).toMatchObject({ status: 403, code: 'forbidden' });
  const readers = await Promise.all(
    ['', '?userId=ann', '?bookId=b1'].map((query) =>
      EventReader.open(`${server.url}/v1/events${query}`, as('p')),
    ),
  );
  await append(log, rejected('b1', 'bob', 'x'), ...outcomes('b1', 'y'));
  for (const reader of readers) {
    expect(await reader.codes(1)).toEqual(['y']);
    expect(usersOf(reader)).toEqual(['ann']);
  }
});

test.each([
  ['live', undefined],
  ['from memory', { history: 1_000 }],
  ['from the topic', { history: 1, memory: 1 }],
])('staff see the users of outcomes, analysts do not: %s', async (_, settings) => {
  const log = newLog(1);
  const [position] = await append(log, ...outcomes('b0', 'before'));
  const missed = [rejected('b1', 'bob', 'x'), ...outcomes('b1', 'y')];
  if (settings) await append(log, ...missed);
  const { server } = await start(log, settings, identify);
  const open = (token: string, query: string) => {
    const last = settings ? { 'last-event-id': formatPosition(position!) } : {};
    return EventReader.open(`${server.url}/v1/events${query}`, as(token, last));
  };
  const queries = ['', '?bookId=b1', '?userId=ann'];
  const analyst = await Promise.all(queries.map((query) => open('a', query)));
  const staff = await Promise.all(queries.map((query) => open('s', query)));
  if (!settings) await append(log, ...missed);
  for (const [i, count] of [2, 2, 1].entries()) {
    const [masked, whole] = [analyst[i]!, staff[i]!];
    expect(await masked.codes(count)).toEqual(await whole.codes(count));
    expect(usersOf(whole)).toEqual(['bob', 'ann'].slice(-count));
    expect(masked.events).toEqual(
      whole.events.map((event) => ({ ...event, data: { ...event.data, userId: null } })),
    );
  }
});

test('a stream ends when the credentials end that it was opened with', async () => {
  const expires = Date.now() + 50;
  const brief: Identify = () => ({ role: 'staff', name: 'anna', expires });
  const { server } = await start(newLog(), {}, brief);
  const reader = await EventReader.open(`${server.url}/v1/events`);
  await reader.untilClosed();
  expect(reader.response.complete).toBe(true);
  expect(Date.now()).toBeGreaterThanOrEqual(expires - 1);
});
