import { MemoryLog } from '../../infra/event-log/memory-log';
import { LIBRARY_EVENTS } from '../generated/events';
import { SchemaLedger } from './ledger';
import { copyAdded, memoryLedger, memoryLog, TOPIC } from './testing';

const SUBJECT = 'library.reservations-library.CopyAdded';
const OLDER = copyAdded(7, SUBJECT);
const NEWER = copyAdded(9, SUBJECT, 'branch');

test('what one process adds another one reads, also when it has read before', async () => {
  const log = memoryLog();
  const [writer, reader] = [memoryLedger(log), memoryLedger(log)];
  await writer.add([OLDER]);
  await expect(reader.entries()).resolves.toEqual(new Map([[7, OLDER]]));
  await expect(reader.schemaById(9)).resolves.toBeUndefined();
  await writer.add([OLDER, NEWER]);
  await expect(reader.schemaById(9)).resolves.toEqual(NEWER);
});

test('what is there already is not added again', async () => {
  const log = memoryLog();
  await memoryLedger(log).add([OLDER, NEWER]);
  await memoryLedger(log).add([NEWER, OLDER]);
  await expect(log.bounds(TOPIC)).resolves.toEqual([{ partition: 0, start: 0, end: 2 }]);
});

test('an ID never changes its meaning', async () => {
  const log = memoryLog();
  await memoryLedger(log).add([OLDER]);
  const other = { ...NEWER, id: 7, subject: 'other-value' };
  await expect(memoryLedger(log).add([other])).rejects.toThrow(
    `Schema ID 7 is ${SUBJECT} in the ledger, and other-value in the schema registry`,
  );
  await expect(memoryLedger(log).schemaById(7)).resolves.toEqual(OLDER);
});

test('another spelling is no other meaning, another logical type is', async () => {
  const ledger = memoryLedger();
  await ledger.add([OLDER]);
  const { doc: _, ...spelt } = JSON.parse(OLDER.schema) as { doc: string };
  await ledger.add([{ ...OLDER, schema: JSON.stringify(spelt, null, 2) }]);
  const micros = { ...OLDER, schema: OLDER.schema.replace('timestamp-millis', 'timestamp-micros') };
  await expect(ledger.add([micros])).rejects.toThrow('Schema ID 7');
});

test('the ID of our schema is found by its subject and its text', async () => {
  const ledger = memoryLedger();
  const { CopyAdded, CopyReturned } = LIBRARY_EVENTS.schemas;
  await ledger.add([NEWER, OLDER]);
  await expect(ledger.idOf(SUBJECT, CopyAdded)).resolves.toBe(7);
  await expect(ledger.idOf(SUBJECT, CopyReturned)).resolves.toBeUndefined();
  await expect(ledger.idOf('other-library.CopyAdded', CopyAdded)).resolves.toBeUndefined();
});

test('records that are no entries are skipped', async () => {
  const log = memoryLog();
  const headers = {};
  const values = ['', '{', '{"id":"7"}', JSON.stringify(OLDER)];
  const records = values.map((value) => ({ key: '7', value: Buffer.from(value), headers }));
  await log.createAppender().append(TOPIC, records);
  await expect(memoryLedger(log).entries()).resolves.toEqual(new Map([[7, OLDER]]));
});

test('before the first deploy with a ledger there is none, and it is empty', async () => {
  await expect(new SchemaLedger(new MemoryLog(), TOPIC).schemaById(7)).resolves.toBeUndefined();
});

test('a log that cannot be read is a transient error', async () => {
  const log = memoryLog();
  log.bounds = () => Promise.reject(new Error('no broker answers'));
  await expect(memoryLedger(log).schemaById(7)).rejects.toMatchObject({
    name: 'RegistryUnavailableError',
    message: 'The schemas on library.schemas cannot be read: no broker answers',
  });
});
