import type { LogRecord, Position } from '../../infra/event-log/log';
import type { Mask } from '../../schemas/forgotten/forgotten-users';
import { deadLetterSource } from './dead-letter-source';
import { maskedDeadLetters, maskedSource } from './masked-source';
import { RESERVED, SOURCE } from './testing';

/** Ishmael was forgotten at offset 10. */
const mask: Mask = {
  mayName: ({ offset }: Position) => offset < 10,
  user: (userId, _, { offset }) => (offset < 10 && userId === 'ishmael' ? 'forgotten~x' : userId),
  event: (event, position) => {
    const { userId } = event as { userId?: string };
    return userId === undefined ? event : { ...event, userId: mask.user(userId, 'b', position) };
  },
};

const withHeaders = (offset: number, headers: Readonly<Record<string, string>>): LogRecord => ({
  ...RESERVED.record,
  offset,
  value: Buffer.from('of ishmael'),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
});

test.each([
  [9, 'forgotten~x'],
  [10, 'ishmael'],
])('at offset %i the reader, also as the one who acted, is %s', (offset, name) => {
  const source = maskedSource({ ...SOURCE, read: () => RESERVED.event }, mask);
  const record = withHeaders(offset, { ce_authid: 'ishmael', ce_authtype: 'user' });
  const event = source.read(record);
  expect(event).toMatchObject({ userId: name });
  const { headers } = source.shown!({ record, event }).record;
  expect([String(headers['ce_authid']), String(headers['ce_authtype'])]).toEqual([name, 'user']);
});

test('a dead letter from before is shown without what may name somebody', () => {
  const source = maskedDeadLetters(deadLetterSource('dead'), (topic) =>
    topic === 'ours' ? mask : undefined,
  );
  const shown = (topic: string, offset: string) => {
    const own = {
      dl_topic: topic,
      dl_partition: '0',
      dl_offset: offset,
      dl_reason: 'ishmael?',
      ce_authid: 'ishmael',
    };
    const record = withHeaders(3, own);
    return source.shown!({ record, event: source.read(record) });
  };
  const { record, event } = shown('ours', '9');
  expect(event).toMatchObject({ value: null, reason: null, sourcePosition: '0:9' });
  expect(Object.keys(record.headers)).toEqual(['dl_topic', 'dl_partition', 'dl_offset']);
  for (const kept of [shown('ours', '10'), shown('theirs', '9')])
    expect(kept.event).toMatchObject({
      reason: 'ishmael?',
      value: Buffer.from('of ishmael').toString('base64'),
    });
});
