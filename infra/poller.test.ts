import { Poller } from './poller';

const LONG = 1_000_000;

/** A poller whose rounds the test ends, one after the other. */
function setUp() {
  const errors: unknown[] = [];
  const rounds: { resolve(more: boolean): void; reject(error: Error): void }[] = [];
  const poller = new Poller({
    work: () => new Promise((resolve, reject) => rounds.push({ resolve, reject })),
    interval: LONG,
    onError: (error) => errors.push(error),
  });
  const advance = (milliseconds = 0) => jest.advanceTimersByTimeAsync(milliseconds);
  const end = async (more: boolean) => {
    rounds.at(-1)!.resolve(more);
    await advance();
  };
  return { poller, rounds, errors, advance, end };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a round that leaves nothing to do is followed by a pause of the interval', async () => {
  const { poller, rounds, advance, end } = setUp();
  poller.start();
  await end(false);
  await advance(LONG - 1);
  expect(rounds).toHaveLength(1);
  await advance(1);
  expect(rounds).toHaveLength(2);
});

test('a round that may have left more is followed by the next one at once', async () => {
  const { poller, rounds, end } = setUp();
  poller.start();
  await end(true);
  await end(true);
  expect(rounds).toHaveLength(3);
});

test('a round that failed is reported, and the next one follows after the pause', async () => {
  const { poller, rounds, errors, advance } = setUp();
  const error = new Error('the database is away');
  poller.start();
  rounds[0]!.reject(error);
  await advance(LONG - 1);
  expect([rounds.length, errors]).toEqual([1, [error]]);
  await advance(1);
  expect(rounds).toHaveLength(2);
});

test('work that throws at once is a round that failed', async () => {
  const error = new Error('x');
  const errors: unknown[] = [];
  const work = () => {
    throw error;
  };
  const poller = new Poller({ work, interval: LONG, onError: (thrown) => errors.push(thrown) });
  poller.start();
  await poller.close();
  expect(errors).toEqual([error]);
});

test('a wake-up ends the pause and leaves no timer behind, each time', async () => {
  const { poller, rounds, advance, end } = setUp();
  poller.start();
  for (let round = 1; round <= 3; round += 1) {
    await end(false);
    await advance(1);
    expect(rounds).toHaveLength(round);
    poller.wake();
    await advance();
    expect([rounds.length, jest.getTimerCount()]).toEqual([round + 1, 0]);
  }
});

test('a wake-up during a round is not lost: there is no pause after that round', async () => {
  const { poller, rounds, end } = setUp();
  poller.start();
  poller.wake();
  await end(false);
  expect(rounds).toHaveLength(2);
});

test('a wake-up before a round does not cut short the pause after it', async () => {
  const { poller, rounds, advance, end } = setUp();
  poller.wake();
  poller.start();
  await end(false);
  await advance(LONG - 1);
  expect(rounds).toHaveLength(1);
});

test('closing waits for the round under way, and none follows, though there is more to do', async () => {
  const { poller, rounds, advance, end } = setUp();
  poller.start();
  let closed = false;
  const closing = poller.close().then(() => (closed = true));
  await advance(LONG);
  expect(closed).toBe(false);
  await end(true);
  await closing;
  expect([rounds.length, jest.getTimerCount()]).toEqual([1, 0]);
});

test('closing ends the pause', async () => {
  const { poller, rounds, end } = setUp();
  poller.start();
  await end(false);
  await poller.close();
  expect([rounds.length, jest.getTimerCount()]).toEqual([1, 0]);
});
