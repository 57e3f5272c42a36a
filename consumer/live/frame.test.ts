import { Registry } from 'prom-client';
import { silent } from '../../infra/http/testing';
import { createDecoder } from '../../schemas/codec/codec';
import { OUTCOMES } from '../../schemas/generated/events';
import { registryOf } from '../../schemas/registry/registry-double';
import { FrameReader, frameOf, matches, type Frame } from './frame';
import { KeptBytes } from './kept-bytes';
import { LiveMetrics } from './metrics';
import { recordOf, rejected } from './testing';

const record = {
  ...{ partition: 7, offset: 42, timestamp: 1_000, key: Buffer.from('moby-dick'), value: null, headers: {} },
};

test('an outcome is an event with its position, its type and its JSON', () => {
  const frame = frameOf(record, rejected('moby-dick', 'ishmael', 'line\nbreak'));
  const [id, event, data, ...rest] = frame.bytes.toString().split('\n');
  expect([id, event]).toEqual(['id: 7:42', 'event: ReservationRejected']);
  expect(JSON.parse(data!.slice('data: '.length))).toMatchObject({
    ...{ type: 'ReservationRejected', bookId: 'moby-dick', userId: 'ishmael', code: 'line\nbreak' },
    occurredAt: '2026-01-01T00:00:00.000Z',
  });
  expect(rest).toEqual(['', '']);
});

test('the end of the pickup window is formatted as all times', () => {
  const { eventId, occurredAt, bookId, reservationId, userId } = rejected('b', 'u', 'c');
  const outcome = {
    eventId,
    occurredAt,
    bookId,
    reservationId,
    userId,
    copyId: 'c1',
    pickupBy: occurredAt + 1,
  };
  const { bytes } = frameOf(record, { type: 'ReservationReady', ...outcome });
  expect(bytes.toString()).toContain('"pickupBy":"2026-01-01T00:00:00.001Z"');
});

const inMemoryFor = (frames: readonly Frame[]) =>
  [...new Set(frames.map((frame) => frame.bytes.buffer))].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
const bytesIn = (frames: readonly Frame[]) => frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
const SOME_SLABS = 2 * 64 * 1024;

test('what is kept of outcomes keeps nothing else in memory', () => {
  const kept = new KeptBytes();
  const frames = Array.from({ length: 1_000 }, (_, offset) => {
    // What requests and records allocate between two outcomes.
    for (let other = 0; other < 10; other += 1) Buffer.from('x'.repeat(300));
    return frameOf({ ...record, offset }, rejected('moby-dick', 'ishmael', 'already-reserved'), kept);
  });
  expect(inMemoryFor(frames)).toBeLessThan(1.1 * bytesIn(frames) + SOME_SLABS);
});

test('what is kept of a quiet partition keeps nothing of a busy one in memory', async () => {
  const reader = new FrameReader(
    createDecoder({ registry: registryOf(OUTCOMES), schemas: OUTCOMES }),
    new LiveMetrics(new Registry()),
    silent,
  );
  const { value } = recordOf(rejected('moby-dick', 'ishmael', 'already-reserved'));
  const batch = (partition: number, count: number) => {
    const records = Array.from({ length: count }, (_, offset) => ({ ...record, value, partition, offset }));
    return { partition, records, fromOffset: 0, nextOffset: count, endOffset: count };
  };
  const quiet: Frame[] = [];
  for (let round = 0; round < 300; round += 1) {
    await reader.framesOf(batch(0, 200));
    quiet.push(...(await reader.framesOf(batch(1, 1))));
  }
  expect(inMemoryFor(quiet)).toBeLessThan(1.1 * bytesIn(quiet) + SOME_SLABS);
});

test.each([
  ['everything', {}, true],
  ['its book', { bookId: 'b' }, true],
  ['its user', { userId: 'u' }, true],
  ['both', { bookId: 'b', userId: 'u' }, true],
  ['another book', { bookId: 'x' }, false],
  ['its book for another user', { bookId: 'b', userId: 'x' }, false],
])('a filter: %s', (_, filter, expected) => {
  expect(matches(frameOf(record, rejected('b', 'u', 'c')), filter)).toBe(expected);
});
