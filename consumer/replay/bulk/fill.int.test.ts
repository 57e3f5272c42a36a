import fc from 'fast-check';
import type { Pool } from 'pg';
import { MemoryLog } from '../../../infra/event-log/memory-log';
import { formatPosition } from '../../../infra/event-log/log';
import { createLogger } from '../../../infra/logger';
import { UndecodableError, type Decoder } from '../../../schemas/codec/codec';
import { nameInBook, type Erasure } from '../../../schemas/forgotten/erasure';
import { ForgottenUsers } from '../../../schemas/forgotten/forgotten-users';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { createTestDatabase, type TestDatabase } from '../../../test/servers';
import type { Rules } from '../../domain/decide';
import { anyEvents, WINDOW } from '../../domain/streams/testing';
import { readMigrations } from '../../prisma/migrate';
import { BatchProjector } from '../../projector/batch-projector';
import { Checkpoints } from '../../projector/checkpoint';
import { createViewPool } from '../../projector/view-pool';
import { AVAILABILITY_VIEW } from '../../views/availability/definition';
import { DEMAND_VIEW } from '../../views/demand/definition';
import { createScratch } from '../scratch';
import { ViewBuilder } from '../view-builder';
import { differences, indexesIn } from './testing';
import { fillInBulk } from './fill';

const TOPIC = 'events';
const FORGOTTEN = 'forgotten';
const ERASURE: Erasure = {
  ...{ id: '5b0f4a0e-6d0c-4f4e-9a39-4c1f0c1e7d28', at: '2026-11-27T06:00:00.000Z' },
  ...{ reservations: [], outcomes: [], done: true },
};
const PARTITIONS = 2;
const BOOKS = ['a', 'b', 'c', 'd', 'e'];
const VIEWS = [AVAILABILITY_VIEW, DEMAND_VIEW];
const logger = createLogger('silent');

/** What becomes of an event on its way: nothing, bytes that are none, the key of another book, a record that was discarded. */
const fate = fc.oneof(
  { weight: 40, arbitrary: fc.constant('fine' as const) },
  { weight: 1, arbitrary: fc.constantFrom('garbage' as const, 'misplaced' as const, 'discarded' as const) },
);
type Fate = 'fine' | 'garbage' | 'misplaced' | 'discarded';

interface Story {
  readonly events: LibraryEvent[];
  /** By the place of an event, in turn. */
  readonly fates: readonly Fate[];
  /** Which events come once more, and how much later. */
  readonly again: readonly (readonly [number, number])[];
  /** The place of a book whose title Postgres cannot store. */
  readonly poison: number | null;
  /** How much of each partition is filled in bulk, in percent, and how much of it in one pass. */
  readonly share: number;
  readonly recordsPerPass: number;
  /** Up to where somebody is forgotten in each partition. */
  readonly forgotten: readonly number[];
}

const stories: fc.Arbitrary<Story> = fc.record({
  events: anyEvents(BOOKS, { minLength: 60, maxLength: 200 }),
  fates: fc.array(fate, { minLength: 200, maxLength: 200 }),
  again: fc.array(fc.tuple(fc.nat(199), fc.nat(80)), { maxLength: 8 }),
  poison: fc.option(fc.nat(199), { freq: 4 }),
  share: fc.integer({ min: 40, max: 100 }),
  recordsPerPass: fc.constantFrom(20, 60, 1_000),
  forgotten: fc.array(fc.nat(80), { minLength: PARTITIONS, maxLength: PARTITIONS }),
});

/** Events as JSON. */
const decoder: Decoder<LibraryEvent> = {
  learn: () => Promise.resolve(),
  decode(value) {
    const text = String(value);
    if (text === 'garbage') throw new UndecodableError('it is garbage');
    return JSON.parse(text) as LibraryEvent;
  },
};

/** Pickup windows were set to another length now and then. */
const rules = ({ offset }: { offset: number }): Rules => ({
  pickupWindow: WINDOW * (1 + Math.floor(offset / 30)),
});

/** The story on a topic. @returns also the positions of records that were discarded */
async function told({ events, fates, again, poison, forgotten: cut }: Story) {
  const log = new MemoryLog();
  log.createTopic(TOPIC, PARTITIONS);
  const appender = log.createAppender();
  let all = events.map((event, i) => ({ event, fate: fates[i % fates.length]! }));
  if (poison !== null && poison < all.length) {
    const { eventId, occurredAt, bookId } = all[poison]!.event;
    const entry = { title: 'bad \0', authors: [], isbn: null, year: null };
    all[poison] = {
      event: { type: 'BookCatalogued', eventId, occurredAt, bookId, ...entry },
      fate: 'fine',
    };
    // Demand stores only the last title, and in bulk only that of the end: the decoder of the product refuses such a title anyway.
    const isLater = (each: LibraryEvent) => each.bookId === bookId && each.type === 'BookCatalogued';
    all = all.filter(({ event }, i) => i <= poison || !isLater(event));
  }
  for (const [place, later] of again) {
    const each = all[place % all.length]!;
    all.splice(Math.min(all.length, all.indexOf(each) + 1 + later), 0, each);
  }
  log.createTopic(FORGOTTEN, 1);
  const forgotten = new ForgottenUsers(log, FORGOTTEN);
  const user = events.flatMap((event) => ('userId' in event && event.userId ? [event.userId] : []))[0];
  if (user !== undefined) await forgotten.store(user, [{ ...ERASURE, reservations: [...cut] }]);
  const discarded = new Set<string>();
  for (const { event, fate: its } of all) {
    const key = its === 'misplaced' ? BOOKS.find((bookId) => bookId !== event.bookId)! : event.bookId;
    const value = Buffer.from(its === 'garbage' ? 'garbage' : JSON.stringify(event));
    const [position] = await appender.append(TOPIC, [{ key, value, headers: {} }]);
    if (its === 'discarded') discarded.add(formatPosition(position!));
  }
  return { log, discarded, forgotten: forgotten.maskOf('reservations') };
}

describe('a view that is filled in bulk', () => {
  let database: TestDatabase;
  let pool: Pool;
  let bulk: Pool;
  let ordinary: Pool;
  const signal = new AbortController().signal;
  const migrations = readMigrations('consumer/prisma/migrations');

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createViewPool(database.url, logger);
    bulk = createViewPool(database.url, logger, { schema: 'bulk' });
    ordinary = createViewPool(database.url, logger, { schema: 'ordinary' });
  });

  afterAll(async () => {
    await Promise.all([pool, bulk, ordinary].map((each) => each.end()));
    await database.drop();
  });

  function engineOf(
    view: (typeof VIEWS)[number],
    { log, discarded, forgotten }: Awaited<ReturnType<typeof told>>,
  ) {
    const { ignoreUndecodable = false } = view;
    return {
      topic: TOPIC,
      partitions: PARTITIONS,
      log,
      logger,
      decoder,
      discarded,
      forgotten,
      ignoreUndecodable,
    };
  }

  /** Projects all that is on the topic, from where the view stands. */
  async function project(into: Pool, topic: Awaited<ReturnType<typeof told>>): Promise<void> {
    const { log } = topic;
    for (const view of VIEWS) {
      const options = { pool: into, topic: TOPIC, rules, noticeMaxAge: 0, publishes: () => false };
      const projection = view.createProjection(options);
      const checkpoints = new Checkpoints(into, view.name, TOPIC, log);
      const projector = new BatchProjector({ ...engineOf(view, topic), projection });
      await new ViewBuilder({ log, topic: TOPIC, projector, checkpoints, signal }).run(
        await log.bounds(TOPIC),
      );
    }
  }

  /** Fills a part of each partition. @returns how many records were counted */
  async function fill(topic: Awaited<ReturnType<typeof told>>, story: Story): Promise<number> {
    const { log } = topic;
    let counted = 0;
    for (const view of VIEWS) {
      const ranges = (await log.bounds(TOPIC)).map((bound) => ({
        ...bound,
        end: Math.ceil((bound.end * story.share) / 100),
      }));
      const options = { view, rules, pool: bulk, signal, beside: undefined, isKept: true };
      await fillInBulk(
        {
          ...{ ...engineOf(view, topic), ...options, recordsPerPass: story.recordsPerPass },
          checkpoints: new Checkpoints(bulk, view.name, TOPIC, log),
          onProgress: (records) => void (counted += records),
        },
        ranges,
      );
    }
    return counted;
  }

  async function emptySchemas(): Promise<void> {
    for (const schema of ['ordinary', 'bulk'])
      await createScratch({ pool, openPool: () => pool, migrations }, schema);
  }

  test('equals one that is projected, and goes on like it, whatever has happened', async () => {
    let folded = 0;
    let named = 0;
    const property = fc.asyncProperty(stories, async (story) => {
      await emptySchemas();
      const topic = await told(story);
      folded += await fill(topic, story);
      await Promise.all([project(bulk, topic), project(ordinary, topic)]);
      expect(await differences(pool, 'ordinary', 'bulk')).toEqual([]);
      const { rows } = await pool.query<{ book_id: string; user_id: string }>(
        `SELECT book_id, user_id FROM bulk.reservations WHERE user_id LIKE 'forgotten~%'`,
      );
      for (const row of rows) expect(row.user_id).toBe(nameInBook(ERASURE, row.book_id));
      named += rows.length;
      expect(await indexesIn(pool, 'bulk')).toEqual(await indexesIn(pool, 'ordinary'));
    });
    await fc.assert(property, { numRuns: 12 });
    expect(folded).toBeGreaterThan(0);
    expect(named).toBeGreaterThan(0);
  }, 300_000);
});
