import { record } from '../../infra/event-log/conformance/harness';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { parseFrom, parseTo, type PositionSpec } from './position-spec';
import { rangesOf, resolveRanges, sizeOf } from './ranges';

const BOUNDS = [
  { partition: 0, start: 0, end: 10 },
  { partition: 1, start: 5, end: 8 },
  { partition: 2, start: 0, end: 0 },
];

const between = (from: string, to = 'end', follow = false) =>
  rangesOf(BOUNDS, { from: parseFrom(from), to: parseTo(to), follow }).map(({ start, end }) => [start, end]);

describe('a place in the stream', () => {
  test.each<[string, PositionSpec]>([
    ['beginning', { kind: 'beginning' }],
    ['end', { kind: 'end' }],
    ['0', { kind: 'offset', offset: 0 }],
    ['120', { kind: 'offset', offset: 120 }],
    ['-10', { kind: 'last', count: 10 }],
    ['@2026-01-01', { kind: 'time', time: Date.UTC(2026, 0, 1) }],
  ])('to read from is written %s', (text, place) => expect(parseFrom(text)).toEqual(place));

  test.each(['', '-', '1.5', '--10', '1e3', '+1', '007', 'start', '@', '@soon', '2026-01-01'])(
    'to read from is not "%s"',
    (text) => expect(() => parseFrom(text)).toThrow(RangeError),
  );

  test.each(['beginning', '-1', 'now', ''])('to read up to is not "%s"', (text) =>
    expect(() => parseTo(text)).toThrow('write end, an offset such as 100, or @TIME'),
  );
});

describe('the ranges', () => {
  test('are everything there is now', () =>
    expect(between('beginning')).toEqual([
      [0, 10],
      [5, 8],
      [0, 0],
    ]));

  test('begin at an offset, moved into the log where it lies outside', () =>
    expect(between('6')).toEqual([
      [6, 10],
      [6, 8],
      [0, 0],
    ]));

  test('are empty behind the end, not wrong', () =>
    expect(between('99')).toEqual([
      [10, 10],
      [8, 8],
      [0, 0],
    ]));

  test('are the last so many of each partition', () => {
    expect(between('-2')).toEqual([
      [8, 10],
      [6, 8],
      [0, 0],
    ]);
    expect(between('-0')).toEqual([
      [10, 10],
      [8, 8],
      [0, 0],
    ]);
    expect(between('-99')).toEqual(between('beginning'));
  });

  test('stop before an offset', () => {
    expect(between('beginning', '7')).toEqual([
      [0, 7],
      [5, 7],
      [0, 0],
    ]);
    expect(between('beginning', '99')).toEqual(between('beginning'));
    expect(between('6', '2')).toEqual([
      [6, 6],
      [6, 6],
      [0, 0],
    ]);
  });

  test('have no end when followed', () =>
    expect(between('end', 'end', true).map(([, end]) => end)).toEqual([Infinity, Infinity, Infinity]));

  test('know their size', () => {
    expect(
      sizeOf(rangesOf(BOUNDS, { from: parseFrom('beginning'), to: parseTo('end'), follow: false })),
    ).toBe(13);
  });

  test('begin and stop at times, where a future one is the end as it is now', async () => {
    const log = new MemoryLog();
    log.createTopic('t', 1);
    const appender = log.createAppender();
    await appender.append('t', [record('a', '1'), record('a', '2')]);
    const between = Date.now() + 1;
    while (Date.now() <= between) await new Promise((resolve) => setImmediate(resolve));
    await appender.append('t', [record('a', '3')]);
    const at = (time: number): PositionSpec => ({ kind: 'time', time });
    const resolve = (from: PositionSpec, to: PositionSpec) =>
      resolveRanges(log, 't', { from, to, follow: false });
    expect(await resolve(at(between), at(Date.now() + 60_000))).toEqual([{ partition: 0, start: 2, end: 3 }]);
    expect(await resolve(at(0), at(between))).toEqual([{ partition: 0, start: 0, end: 2 }]);
    expect(await resolve(at(Date.now() + 60_000), { kind: 'end' })).toEqual([
      { partition: 0, start: 3, end: 3 },
    ]);
  });
});
