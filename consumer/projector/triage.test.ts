import type { LogRecord } from '../../infra/event-log/log';
import { BOOKS, PARTITIONS, record, TextDecoder } from './testing';
import { triage } from './triage';

const [book] = BOOKS as [string];

/** A CopyAdded that is fine, but for what its header says of its type. */
const copyAdded = (offset: number, ceType?: string): LogRecord => ({
  ...record(offset, book, 'fine'),
  headers: ceType === undefined ? {} : { ce_type: Buffer.from(ceType) },
});

const triaged = (...records: LogRecord[]) => {
  const { events, setAside, length } = triage(records, new Set(), {
    decoder: new TextDecoder(),
    partitions: PARTITIONS,
  });
  return {
    events: events.map(({ position }) => position.offset),
    setAside: setAside.map(({ record: { offset }, status, reason }) => [offset, status, reason]),
    length,
  };
};

test('a record whose header names another type than it decodes as is dead, and its book waits behind it', () => {
  expect(triaged(copyAdded(0, 'library.CopyWithdrawn'), copyAdded(1, 'library.CopyAdded'))).toEqual({
    events: [],
    setAside: [
      [
        0,
        'dead',
        'The header ce_type says library.CopyWithdrawn, and the record decodes as library.CopyAdded.',
      ],
      [1, 'parked', null],
    ],
    length: 2,
  });
});

test('a dead record behind an event of its book is left for later: if the view fails on the event, it only waits', () => {
  const other = BOOKS[1]!;
  expect(
    triaged(copyAdded(0), record(1, other, 'garbage'), record(2, book, 'garbage'), copyAdded(3)),
  ).toEqual({ events: [0], setAside: [[1, 'dead', 'garbage']], length: 2 });
});

test('dead records are taken up to a megabyte at a time, and a larger one by itself', () => {
  const large = (offset: number, bytes: number): LogRecord => ({
    ...record(offset, `foreign-${offset}`, 'garbage'),
    value: Buffer.alloc(bytes, 'garbage '),
  });
  const lengthOf = (...records: LogRecord[]) => triaged(...records).length;
  expect(lengthOf(large(0, 600_000), large(1, 600_000), large(2, 10))).toBe(1);
  expect(lengthOf(large(0, 2_000_000), large(1, 10))).toBe(1);
  expect(lengthOf(large(0, 600_000), large(1, 300_000), large(2, 10))).toBe(3);
});

test('a record without the header is taken for what it decodes as', () => {
  expect(triaged(copyAdded(0))).toEqual({ events: [0], setAside: [], length: 1 });
});
