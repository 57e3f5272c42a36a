import { PositionWaiter } from './position-waiter';

const LONG = 1_000_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** What a promise has come to by now. */
async function stateOf(promise: Promise<boolean>): Promise<boolean | 'waiting'> {
  await jest.advanceTimersByTimeAsync(0);
  return Promise.race([promise, Promise.resolve('waiting' as const)]);
}

test('a position is reached when the record after it is the next one', async () => {
  const positions = new PositionWaiter();
  const waiting = positions.reaches({ partition: 1, offset: 5 }, LONG);
  positions.set(1, 5);
  positions.set(2, 9);
  expect(await stateOf(waiting)).toBe('waiting');
  positions.set(1, 6);
  expect(await stateOf(waiting)).toBe(true);
  expect([positions.isWaitedFor, jest.getTimerCount()]).toEqual([false, 0]);
});

test('a position that was reached before is not waited for', async () => {
  const positions = new PositionWaiter();
  positions.replace([[1, 6]]);
  expect(await stateOf(positions.reaches({ partition: 1, offset: 5 }, LONG))).toBe(true);
});

test('the wait ends with its timeout, and not before', async () => {
  const positions = new PositionWaiter();
  const waiting = positions.reaches({ partition: 0, offset: 0 }, 500);
  await jest.advanceTimersByTimeAsync(499);
  expect(await stateOf(waiting)).toBe('waiting');
  await jest.advanceTimersByTimeAsync(1);
  expect([await stateOf(waiting), positions.isWaitedFor]).toEqual([false, false]);
});

test('the wait ends when the signal is aborted, and does not begin after that', async () => {
  const positions = new PositionWaiter();
  const abort = new AbortController();
  const waiting = positions.reaches({ partition: 0, offset: 0 }, LONG, abort.signal);
  expect([await stateOf(waiting), positions.isWaitedFor]).toEqual(['waiting', true]);
  abort.abort();
  expect(await stateOf(waiting)).toBe(false);
  expect(await stateOf(positions.reaches({ partition: 0, offset: 0 }, LONG, abort.signal))).toBe(false);
  expect([positions.isWaitedFor, jest.getTimerCount()]).toEqual([false, 0]);
});

test('giving up ends all waits, and later ones wait again', async () => {
  const positions = new PositionWaiter();
  const all = [0, 1].map((offset) => positions.reaches({ partition: 0, offset }, LONG));
  positions.giveUp();
  expect(await Promise.all(all)).toEqual([false, false]);
  const later = positions.reaches({ partition: 0, offset: 0 }, LONG);
  positions.set(0, 1);
  expect(await stateOf(later)).toBe(true);
});

test('positions that are replaced may go back, and those left out are forgotten', async () => {
  const positions = new PositionWaiter();
  positions.replace([
    [0, 9],
    [1, 9],
  ]);
  positions.replace([[0, 3]]);
  expect([positions.nextOf(0), positions.nextOf(1)]).toEqual([3, undefined]);
  expect(await stateOf(positions.reaches({ partition: 0, offset: 5 }, LONG))).toBe('waiting');
});
