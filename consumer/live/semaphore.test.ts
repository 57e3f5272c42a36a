import { Semaphore } from './semaphore';

test('limits concurrency, in the order of arrival; work that fails releases its permit', async () => {
  const turns = new Semaphore(2);
  const finish: (() => void)[] = [];
  const begun: number[] = [];
  const work = (name: number) =>
    turns.run(() => {
      begun.push(name);
      return new Promise<void>((resolve, reject) =>
        finish.push(name === 0 ? () => reject(new Error('x')) : resolve),
      );
    });
  const all = [0, 1, 2, 3].map(work);
  expect(begun).toEqual([0, 1]);
  finish[0]!();
  await expect(all[0]).rejects.toThrow('x');
  expect(begun).toEqual([0, 1, 2]);
  finish[1]!();
  finish[2]!();
  await Promise.all([all[1], all[2]]);
  finish[3]!();
  await all[3];
  expect(begun).toEqual([0, 1, 2, 3]);
});
