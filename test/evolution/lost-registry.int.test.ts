import { deploy } from '../../app/deploy';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet, RecordSchema } from '../../schemas/event-set';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import { registerOne, subjectOf } from '../../schemas/registry/subjects';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, event, type TestEnvironment } from '../environment';
import { caughtUp, replayFromScratch, viewsIn, type Views } from '../faults/replay';
import { startServers, uniqueName, type ServerSet } from '../servers';

const BOOKS = Array.from({ length: 6 }, (_, i) => `book-${i}`);
const BRANCH = { name: 'branch', type: ['null', 'string'], default: null } as const;
const NEWER = ['CopyAdded', 'CopyReturned'] as const;

/** The next version of our schemas: two of them have a field more. */
const NEXT: EventSet<AnyEvent> = {
  name: 'reservations',
  schemas: { ...LIBRARY_EVENTS.schemas, ...Object.fromEntries(NEWER.map((name) => [name, next(name)])) },
};

function next(name: (typeof NEWER)[number]): RecordSchema {
  const schema = LIBRARY_EVENTS.schemas[name];
  return { ...schema, fields: [...schema.fields, BRANCH] };
}

/** Three events have the same fields: to take one for the other would go unnoticed. */
function story(bookId: string): LibraryEvent[] {
  return [
    event('BookCatalogued', { bookId, title: 'Emma', authors: ['Jane Austen'], isbn: null, year: 1815 }),
    ...['c1', 'c2', 'c3'].map((copyId) => event('CopyAdded', { bookId, copyId })),
    event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'ann' }),
    event('CopyBorrowed', { bookId, copyId: 'c2', userId: 'bob' }),
    event('CopyReturned', { bookId, copyId: 'c1' }),
    event('CopyReturned', { bookId, copyId: 'c2' }),
    event('CopyWithdrawn', { bookId, copyId: 'c3' }),
  ];
}

const startRegistry = () => startServers({ servers: ['postgres', 'registry'] });

const serversOf = ({ databaseUrl, registryUrl }: ServerSet) => ({
  DATABASE_SERVER_URL: databaseUrl,
  SCHEMA_REGISTRY_URL: registryUrl,
});

/** Schemas of other people, that nobody else has. */
async function othersRegister({ registryUrl }: ServerSet, count: number): Promise<string[]> {
  const registry = createRegistry(registryUrl);
  const subjects = Array.from({ length: count }, () => uniqueName('other'));
  for (const name of subjects) await registry.register(name, { ...LIBRARY_EVENTS.schemas.CopyAdded, name });
  return subjects;
}

/** Deploys the next version, as its own deploy step does, and lets both versions write every other event. */
async function writeWithBothVersions({ config, topics, appendRecords }: TestEnvironment): Promise<void> {
  const registry = createRegistry(config.SCHEMA_REGISTRY_URL);
  const topic = topics.reservations;
  for (const name of NEWER) await registerOne(registry, subjectOf(topic, next(name)), next(name));
  await deploy(config);
  const [now, later] = await Promise.all([
    createEncoder({ registry, topic, schemas: LIBRARY_EVENTS }),
    createEncoder<AnyEvent>({ registry, topic, schemas: NEXT }),
  ]);
  await appendRecords(
    BOOKS.flatMap(story).map((each, i) =>
      i % 2 === 0
        ? encodeRecord(each, now, { source: '/test' })
        : encodeRecord<AnyEvent>(Object.assign({ branch: 'north' }, each), later, { source: '/test' }),
    ),
  );
}

describe('when Postgres is lost, and the registry that stores its schemas there', () => {
  let before: TestEnvironment;
  let after: TestEnvironment;
  let anew: ServerSet;
  let expected: Views;

  beforeAll(async () => {
    const lost = await startRegistry();
    await othersRegister(lost, 3);
    before = await createTestEnvironment(serversOf(lost));
    await writeWithBothVersions(before);
    expected = await replayFromScratch(before);
    await before.close();
    await lost.close();
    anew = await startRegistry();
    after = await createTestEnvironment({ ...serversOf(anew), TOPIC_PREFIX: before.config.TOPIC_PREFIX });
  }, 240_000);

  afterAll(async () => {
    await after.close();
    await anew.close();
  });

  test('whoever asks the registry alone reads every event as it was written', async () => {
    expect(expected.history).toHaveLength(BOOKS.length * 9);
    expect(await replayFromScratch(after)).toEqual(expected);
  });

  test('the consumers make the same views anew', async () => {
    const pool = createPool(after.config.DATABASE_URL, createLogger('silent'));
    const projector = await RoleProcess.start(['availability'], after.env);
    try {
      await caughtUp(after, pool);
      expect(await viewsIn(pool)).toEqual(expected);
    } finally {
      await projector.stop();
      await pool.end();
    }
  });
});
