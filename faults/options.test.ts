import { parseOptions } from './options';

test('what is not given has its default', () => {
  expect(parseOptions([], {})).toEqual({
    ...{ minutes: 0, seed: 1, only: [], brokers: 3, rate: 300, report: false },
  });
});

test('MINUTES and SEED are defaults, and options go before them', () => {
  expect(parseOptions(['kill', '--seed', '9'], { MINUTES: '5', SEED: '7' })).toMatchObject({
    ...{ minutes: 5, seed: 9, only: ['kill'] },
  });
});

test('a soak takes half an hour, or as long as it is told', () => {
  expect(parseOptions(['--soak'], {})).toMatchObject({ soak: 30 });
  expect(parseOptions(['--soak', '11', '--rate', '60'], {})).toMatchObject({ soak: 11, rate: 60 });
});

test('the older version is any commit', () => {
  expect(parseOptions(['rolling', '--old', 'v1.2'], {})).toMatchObject({ old: 'v1.2', only: ['rolling'] });
});
