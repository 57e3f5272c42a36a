import type { Frame } from './frame';
import { mergeSorted } from './merge';
import { RecentOutcomes } from './recent-outcomes';

const frame = (partition: number, offset: number, timestamp: number): Frame => ({
  ...{ partition, offset, timestamp, bookId: `b${partition}`, userId: 'u' },
  bytes: Buffer.alloc(10),
});

function recentWith(maxBytes: number, start: number, ...frames: Frame[]): RecentOutcomes {
  const recent = new RecentOutcomes(maxBytes);
  recent.begin(new Map([[0, start]]));
  recent.add({ partition: 0, start, end: start + frames.length }, frames);
  return recent;
}

const offsets = (frames: readonly Frame[]) => frames.map(({ offset }) => offset);

test('returns the outcomes from a position on', () => {
  const recent = recentWith(100, 5, frame(0, 5, 1), frame(0, 6, 2), frame(0, 7, 3));
  expect(offsets(recent.since(new Map([[0, 6]]), {}))).toEqual([6, 7]);
  expect(recent.covers(new Map([[0, 5]]))).toBe(true);
  expect(recent.covers(new Map([[0, 4]]))).toBe(false);
});

test('keeps no more bytes than allowed, and knows from where on', () => {
  const recent = recentWith(20, 0, frame(0, 0, 1), frame(0, 1, 2), frame(0, 2, 3));
  expect([recent.start(0), recent.next(0)]).toEqual([1, 3]);
  expect(recent.covers(new Map([[0, 0]]))).toBe(false);
});

test('after a gap only the outcomes behind it are kept', () => {
  const recent = recentWith(100, 0, frame(0, 0, 1));
  recent.add({ partition: 0, start: 9, end: 10 }, [frame(0, 9, 5)]);
  expect([recent.start(0), recent.next(0)]).toEqual([9, 10]);
});

test('finds the offset from which nothing since a time is missed, even if clocks went back', () => {
  const recent = recentWith(100, 5, frame(0, 5, 10), frame(0, 6, 30), frame(0, 7, 20), frame(0, 8, 40));
  expect([15, 25, 35, 50].map((time) => recent.offsetAt(0, time))).toEqual([6, 6, 8, 9]);
});

test('finds no offset for a time that may lie before the records in memory', () => {
  expect(recentWith(100, 5, frame(0, 5, 10)).offsetAt(0, 10)).toBeUndefined();
  expect(recentWith(100, 5).offsetAt(0, 10)).toBeUndefined();
  expect(recentWith(100, 0, frame(0, 0, 10)).offsetAt(0, 5)).toBe(0);
});

test('partitions are merged by time, and each keeps its own order', () => {
  const merged = mergeSorted([
    [frame(0, 0, 10), frame(0, 1, 5), frame(0, 2, 30)],
    [frame(1, 0, 7), frame(1, 1, 20)],
  ]);
  expect(merged.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual([
    ...['1:0', '0:0', '0:1', '1:1', '0:2'],
  ]);
});
