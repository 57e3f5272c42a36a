import { firstDifference, type Span } from './recorded-rules';

const span = (from: number, pickupWindow: number): Span => ({ from, rules: { pickupWindow } });

test('the same windows do not differ, however they are cut', () => {
  expect(firstDifference([span(0, 1), span(10, 2)], [span(0, 1), span(10, 2)], 100)).toBeUndefined();
  expect(firstDifference([span(0, 1)], [span(0, 1), span(5, 1)], 100)).toBeUndefined();
  // Before its first record a view has counted as from there on.
  expect(firstDifference([span(7, 1)], [span(0, 1)], 100)).toBeUndefined();
});

test('another window differs from its first event on', () => {
  expect(firstDifference([span(0, 1), span(10, 2)], [span(0, 1)], 100)).toBe(10);
  expect(firstDifference([span(0, 1)], [span(0, 1), span(20, 3)], 100)).toBe(20);
  expect(firstDifference([span(0, 1)], [span(0, 2)], 100)).toBe(0);
});

test('what comes after the end, or of which nothing is recorded, is not compared', () => {
  expect(firstDifference([span(0, 1), span(10, 2)], [span(0, 1)], 10)).toBeUndefined();
  expect(firstDifference(undefined, [span(0, 1)], 100)).toBeUndefined();
  expect(firstDifference([span(0, 1)], undefined, 100)).toBeUndefined();
});
