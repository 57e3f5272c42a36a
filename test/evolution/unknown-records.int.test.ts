import type { Pool } from 'pg';
import { PARTITIONS } from '../../schemas/topics';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { partitionOf } from '../../infra/event-log/murmur2';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet, RecordSchema } from '../../schemas/event-set';
import { LIBRARY_EVENTS } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import { registerOne, subjectOf } from '../../schemas/registry/subjects';
import { RoleProcess } from '../e2e/role-process';
import { deadLetterOf } from '../dead-letters';
import { sampleOfRecord } from '../samples';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';

/** A type of event that another producer writes and this version does not know. */
const COPY_LOST: RecordSchema = { ...LIBRARY_EVENTS.schemas.CopyWithdrawn, name: 'CopyLost' };
const NEVER_GIVEN = 2 ** 31 - 1;

describe('a record that this version of the code cannot know', () => {
  let environment: TestEnvironment;
  let role: RoleProcess;
  let pool: Pool;
  const books = booksOfOnePartition(4);
  const [before, ofUnknownType, ofUnknownSchema, after] = books as [string, string, string, string];

  beforeAll(async () => {
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    role = await RoleProcess.start(['availability'], environment.env);
  });

  afterAll(async () => {
    await role.stop();
    await pool.end();
    await environment.close();
  });

  const catalogued = (bookId: string) =>
    environment.encode(
      event('BookCatalogued', { bookId, title: 'Emma', authors: [], isbn: null, year: null }),
    );

  async function recordOfUnknownType(bookId: string): Promise<OutgoingRecord> {
    const registry = createRegistry(environment.config.SCHEMA_REGISTRY_URL);
    const topic = environment.topics.reservations;
    await registerOne(registry, subjectOf(topic, COPY_LOST), COPY_LOST);
    const eventSet = { name: 'reservations', schemas: { CopyLost: COPY_LOST } } as EventSet<AnyEvent>;
    const encoder = await createEncoder({ registry, topic, schemas: eventSet });
    return encodeRecord({ ...sampleOfRecord(COPY_LOST, 'full'), bookId }, encoder, { source: '/elsewhere' });
  }

  function recordOfUnknownSchema(bookId: string): OutgoingRecord {
    const record = catalogued(bookId);
    const value = Buffer.from(record.value);
    value.writeInt32BE(NEVER_GIVEN, 1);
    return { ...record, value };
  }

  test('is a dead letter, whole and with the reason; the role runs on and projects what follows', async () => {
    const records = [
      catalogued(before),
      await recordOfUnknownType(ofUnknownType),
      recordOfUnknownSchema(ofUnknownSchema),
      catalogued(after),
    ];
    const positions = await environment.appendRecords(records);
    expect(new Set(positions.map(({ partition }) => partition)).size).toBe(1);

    const watcher = new ProgressWatcher(pool, 'availability', environment.topics.reservations);
    expect(await watcher.reaches(positions.at(-1)!, 30_000)).toBe(true);
    const { rows } = await pool.query<{ book_id: string }>('SELECT book_id FROM library.books');
    expect(rows.map(({ book_id }) => book_id).sort()).toEqual([before, after].sort());

    for (const [i, reason] of [
      [1, /library\.CopyLost, which is no event of this topic/],
      [2, new RegExp(`no schema with ID ${NEVER_GIVEN}`)],
    ] as const) {
      const deadLetter = await deadLetterOf(environment, positions[i]!);
      expect(deadLetter?.key?.toString()).toBe(books[i]);
      expect(deadLetter?.value).toEqual(records[i]!.value);
      expect(deadLetter?.headers['ce_type']?.toString()).toBe(records[i]!.headers['ce_type']);
      expect(deadLetter?.headers['dl_reason']?.toString()).toMatch(reason);
    }
    expect(role.running).toBe(true);
    expect((await fetch(`${role.opsUrl}/readyz`)).status).toBe(200);
  });
});

/** So many books whose events stand in one partition. */
function booksOfOnePartition(count: number): string[] {
  const books: string[] = [];
  for (let i = 0; books.length < count; i += 1) {
    const book = `shelf-mate-${i}`;
    if (partitionOf(Buffer.from(book), PARTITIONS) === 0) books.push(book);
  }
  return books;
}
