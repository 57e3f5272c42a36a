import { Wakeable } from './wakeable';

const LONG = 1_000_000;

describe('a pause', () => {
  let loop: Wakeable;
  let over: boolean;
  const pause = (milliseconds: number) => {
    over = false;
    void loop.pause(milliseconds).then(() => (over = true));
  };

  beforeEach(() => {
    jest.useFakeTimers();
    loop = new Wakeable();
  });
  afterEach(() => jest.useRealTimers());

  test('ends when its time is over, and not before', async () => {
    pause(500);
    await jest.advanceTimersByTimeAsync(499);
    expect(over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });

  test('ends at once on a wake-up, and leaves no timer behind', async () => {
    pause(LONG);
    loop.wake();
    await jest.advanceTimersByTimeAsync(0);
    expect([over, jest.getTimerCount()]).toEqual([true, 0]);
  });

  test('is none when the wake-up came while the loop was looking', async () => {
    loop.listen();
    loop.wake();
    pause(LONG);
    await jest.advanceTimersByTimeAsync(0);
    expect(over).toBe(true);
  });

  test('is not cut short by a wake-up from before the loop looked', async () => {
    loop.wake();
    loop.listen();
    pause(LONG);
    await jest.advanceTimersByTimeAsync(LONG - 1);
    expect(over).toBe(false);
  });

  test('can be followed by others, each with a wake-up of its own', async () => {
    for (let round = 0; round < 3; round += 1) {
      loop.listen();
      pause(LONG);
      await jest.advanceTimersByTimeAsync(1);
      expect(over).toBe(false);
      loop.wake();
      await jest.advanceTimersByTimeAsync(0);
      expect(over).toBe(true);
    }
  });
});
