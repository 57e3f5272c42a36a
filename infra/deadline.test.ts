import { DeadlineError, withDeadline } from './deadline';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const never = () => new Promise<never>(() => undefined);

test('work in time gives its result, or its error, and leaves no timer behind', async () => {
  expect(await withDeadline(100, () => Promise.resolve('done'))).toBe('done');
  await expect(withDeadline(100, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(jest.getTimerCount()).toBe(0);
});

test('work that throws at once leaves no timer behind', async () => {
  const work = () => {
    throw new Error('failed');
  };
  await expect(withDeadline(100, work)).rejects.toThrow('failed');
  expect(jest.getTimerCount()).toBe(0);
});

test('late work is given up, even if it ignores the signal', async () => {
  const result = withDeadline(100, never).catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(100);
  expect(await result).toEqual(new DeadlineError(100));
  expect(new DeadlineError(100).message).toBe('no answer within 100 ms');
});

test('work that heeds the signal fails with the reason, whatever it throws itself', async () => {
  const work = (signal: AbortSignal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('socket closed'))));
  const result = withDeadline(100, work).catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(100);
  expect(await result).toBeInstanceOf(DeadlineError);
});

test('what late work fails with is ignored', async () => {
  let fail: ((error: Error) => void) | undefined;
  const result = withDeadline(100, () => new Promise((_, reject) => (fail = reject)));
  const outcome = result.catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(100);
  fail!(new Error('late'));
  await jest.advanceTimersByTimeAsync(0);
  expect(await outcome).toBeInstanceOf(DeadlineError);
});

test('the caller may give up sooner, also before the work begins', async () => {
  const abort = new AbortController();
  const result = withDeadline(100, never, abort).catch((error: unknown) => error);
  const reason = new Error('shutting down');
  abort.abort(reason);
  expect(await result).toBe(reason);
  await expect(withDeadline(100, never, abort)).rejects.toBe(reason);
  expect(jest.getTimerCount()).toBe(0);
});
