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
  const { events, setAside } = triage(records, new Set(), {
    decoder: new TextDecoder(),
    partitions: PARTITIONS,
  });
  return {
    events: events.map(({ position }) => position.offset),
    setAside: setAside.map(({ record: { offset }, status, reason }) => [offset, status, reason]),
  };
};

test('a record whose header names another type than it decodes as is dead, and its book waits behind it', () => {
  expect(
    triaged(copyAdded(0, 'library.CopyAdded'), copyAdded(1, 'library.CopyWithdrawn'), copyAdded(2)),
  ).toEqual({
    events: [0],
    setAside: [
      [
        1,
        'dead',
        'The header ce_type says library.CopyWithdrawn, and the record decodes as library.CopyAdded.',
      ],
      [2, 'parked', null],
    ],
  });
});

test('a record without the header is taken for what it decodes as', () => {
  expect(triaged(copyAdded(0))).toEqual({ events: [0], setAside: [] });
});
