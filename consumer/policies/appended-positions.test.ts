import { AppendedPositions } from './appended-positions';

test('a partition is passed once the view holds all that was appended to it, by an earlier leader too', () => {
  const appended = new AppendedPositions(new Map([[0, 5]]));
  const stored = new Map([0, 1, 2].map((partition) => [partition, 5]));
  expect(appended.passedBy(stored)).toEqual([0, 1, 2]);
  appended.add({ partition: 1, offset: 7 });
  appended.add({ partition: 1, offset: 6 });
  appended.add({ partition: 2, offset: 4 });
  expect(appended.passedBy(stored)).toEqual([0, 2]);
  expect(appended.passedBy(new Map([...stored, [0, 4], [1, 8]]))).toEqual([1, 2]);
});
