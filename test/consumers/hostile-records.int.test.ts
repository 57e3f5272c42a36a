import fc from 'fast-check';
import { ALL_VIEWS } from '../../consumer/all-views';
import { closeContext, createContext } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { damage } from '../../schemas/codec/testing';
import { LIBRARY_EVENT_TYPES } from '../../schemas/generated/events';
import { createTestEnvironment, event } from '../environment';
import { sampleOf } from '../samples';

const RECORDS = 200;

/** Headers that are no text, no type of ours, empty, or long. */
const headers: fc.Arbitrary<Record<string, Buffer>> = fc.dictionary(
  fc.constantFrom('ce_type', 'ce_id', 'ce_time', 'ce_subject', 'traceparent', '', 'ü', 'x'.repeat(300)),
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(Buffer.alloc(0), Buffer.from('library.BookReserved'), Buffer.alloc(5_000, 0xff)),
  ),
  { maxKeys: 4 },
);

test('every damaged record is applied or a dead letter, and none holds up what comes behind it', async () => {
  const environment = await createTestEnvironment({ LOG_LEVEL: 'silent' });
  const pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
  const failures: Error[] = [];
  const context = createContext(environment.config, 'test', (error) => failures.push(error));
  const views = ALL_VIEWS.filter(({ events }) => events.name === 'reservations');
  const roles = await Promise.all(views.map((view) => startView(context, view)));
  try {
    const choices = fc.sample(
      fc.record({
        type: fc.constantFrom(...LIBRARY_EVENT_TYPES),
        damage,
        headers,
        keepsHeaders: fc.boolean(),
      }),
      { numRuns: RECORDS, seed: 1 },
    );
    const damaged = choices.map(
      ({ type, damage: spoil, headers: others, keepsHeaders }, n): OutgoingRecord => {
        const record = environment.encode({ ...sampleOf(type, 'full'), bookId: `h-${n}` });
        return { ...record, value: spoil(record.value), headers: keepsHeaders ? record.headers : others };
      },
    );
    const positions = await environment.appendRecords(damaged);
    const behind = await environment.append(
      Array.from({ length: 100 }, (_, n) =>
        event('BookCatalogued', { bookId: `ok-${n}`, title: 'T', authors: [], isbn: null, year: null }),
      ),
    );

    for (const { name, events } of views) {
      const watcher = new ProgressWatcher(pool, name, environment.topics[events.name]);
      for (const position of behind) expect(await watcher.reaches(position, 60_000)).toBe(true);
    }
    const places = async (sql: string) =>
      new Set((await pool.query<{ place: string }>(sql)).rows.map(({ place }) => place));
    const applied = await places(`SELECT partition || ':' || "offset" AS place FROM library.history`);
    const dead = await places(
      `SELECT partition || ':' || "offset" AS place FROM library.dead_letters WHERE consumer = 'availability' AND status = 'dead'`,
    );
    const fate = positions.map(({ partition, offset }) => {
      const place = `${partition}:${offset}`;
      return Number(applied.has(place)) + Number(dead.has(place));
    });
    expect(new Set(fate)).toEqual(new Set([1]));
    expect(dead.size).toBeGreaterThan(RECORDS / 2);
    expect(applied.size).toBeGreaterThan(behind.length);
    expect(failures).toEqual([]);
  } finally {
    for (const role of roles) await role.close();
    await closeContext(context);
    await pool.end();
    await environment.close();
  }
}, 180_000);
