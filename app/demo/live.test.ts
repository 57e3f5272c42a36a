import { GaveUpError } from './client';
import { liveReplay } from './live';
import type { DemoRequest } from './plan';

const wishes = Array.from({ length: 5 }, (_, i) => ({ userId: String(i), bookId: '2' }));
const { signal } = new AbortController();

beforeEach(() => jest.spyOn(process.stdout, 'write').mockReturnValue(true));
afterEach(() => jest.restoreAllMocks());

test('sends each wish once, at the pace that was asked for', async () => {
  const sent: string[] = [];
  const client = {
    send: (request: DemoRequest) => {
      sent.push(JSON.stringify(request.body));
      return Promise.resolve({ status: 200, body: { status: 'waiting' }, ms: 1, retries: 0 });
    },
  };
  const { tally, seconds } = await liveReplay(client as never, wishes, 50, signal);
  expect(sent).toEqual(wishes.map(({ userId }) => JSON.stringify({ userId })));
  expect(tally.accepted).toBe(5);
  // Five requests, fifty a second: the last one is sent after 80 ms.
  expect(seconds).toBeGreaterThanOrEqual(0.08);
});

test('ends with the first error', async () => {
  const client = { send: () => Promise.reject(new GaveUpError('away')) };
  await expect(liveReplay(client as never, wishes, 100, signal)).rejects.toThrow('away');
});
