import { EndHistory } from './end-history';

const KEY = 'library.reservations/3';

test('an offset is as old as the first look that saw a record there', () => {
  const history = new EndHistory();
  for (const [now, end] of [
    [0, 10],
    [15_000, 10],
    [30_000, 25],
    [45_000, 40],
  ] as const)
    history.note(KEY, end, now);
  const ageAt = (offset: number) => history.ageOf(KEY, offset, 60_000);
  expect([9, 10, 24, 25, 39, 40].map(ageAt)).toEqual([60, 30, 30, 15, 15, 0]);
  expect(history.ageOf('another/0', 0, 60_000)).toBe(0);
});

test('a topic that was made anew begins again', () => {
  const history = new EndHistory();
  history.note(KEY, 1_000, 0);
  history.note(KEY, 5, 60_000);
  expect(history.ageOf(KEY, 4, 61_000)).toBe(1);
});

test('it remembers an hour at most, and a consumer that is further behind is at least so old', () => {
  const history = new EndHistory();
  for (let i = 0; i < 1_000; i += 1) history.note(KEY, i + 1, i * 15_000);
  expect(history.ageOf(KEY, 0, 1_000 * 15_000)).toBe(3_600);
});
