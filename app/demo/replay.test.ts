import { setTimeout as delay } from 'node:timers/promises';
import { inParallel } from './replay';

describe('actions in parallel', () => {
  test('run once for each item, and never more than the limit at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running);
      await delay(1);
      running -= 1;
      done.push(item);
    });
    expect([most, done.sort()]).toEqual([2, [1, 2, 3, 4, 5]]);
  });

  test('end with the first error, and none is started after it', async () => {
    const begun: number[] = [];
    const failing = inParallel([1, 2, 3, 4], 1, async (item) => {
      begun.push(item);
      await delay(1);
      if (item === 2) throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(begun).toEqual([1, 2]);
  });
});
