import { setImmediate as nextTurn } from 'node:timers/promises';
import { LoopShare } from './loop-share';

test('others have several turns of the event loop, then a slice begins', async () => {
  const share = new LoopShare();
  expect(share.isOver).toBe(true);
  let turns = 0;
  let isResting = true;
  const others = (async () => {
    for (; isResting; turns += 1) await nextTurn();
  })();
  await share.rest();
  expect(share.isOver).toBe(false);
  isResting = false;
  await others;
  expect(turns).toBeGreaterThan(4);
});

test('clients that keep coming have precedence', async () => {
  const share = new LoopShare();
  let left = 100;
  const coming = (async () => {
    for (; left > 0; left -= 1) {
      share.arrived();
      await nextTurn();
    }
  })();
  await share.rest();
  expect(left).toBe(0);
  await coming;
});
