import { readFileSync } from 'node:fs';
import path from 'node:path';
import { v5 as uuidv5 } from 'uuid';
import { projectRoot } from '../../infra/local/run';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createDecoder, createEncoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet, RecordSchema } from '../../schemas/event-set';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import { createRegistry, RegistryRefusedError } from '../../schemas/registry/registry';
import { readReleases } from '../../schemas/compatibility/released';
import { registerOne, subjectOf } from '../../schemas/registry/subjects';
import { schemaIdIn } from '../../schemas/codec/wire';
import { replayFromScratch, type Views } from '../faults/replay';
import { testServers } from '../servers';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { ProjectCopy, stepsOf, type Step } from './page';

const PAGE = readFileSync(path.join(projectRoot(), 'docs/schemas.md'), 'utf8');
const BOOKS = Array.from({ length: 12 }, (_, i) => `book-${i}`);
const registry = createRegistry(testServers().registryUrl);

/** One event after the other for every book: five readers and two copies, a cancellation, a loan, a return. */
function story(): LibraryEvent[] {
  const idOf = (bookId: string, userId: string) => uuidv5(`${bookId} ${userId}`, uuidv5.URL);
  const reserve = (userId: string) => (bookId: string) =>
    event('BookReserved', { bookId, reservationId: idOf(bookId, userId), userId });
  const add = (copyId: string) => (bookId: string) => event('CopyAdded', { bookId, copyId });
  const chapters: ((bookId: string) => LibraryEvent)[] = [
    (bookId) =>
      event('BookCatalogued', { bookId, title: 'Emma', authors: ['Jane Austen'], isbn: null, year: 1815 }),
    reserve('ann'),
    add('c1'),
    ...['bob', 'cat', 'dan', 'ann'].map(reserve),
    add('c2'),
    (bookId) =>
      event('ReservationCancelled', {
        bookId,
        reservationId: idOf(bookId, 'bob'),
        userId: 'bob',
        reason: null,
      }),
    (bookId) => event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'ann' }),
    (bookId) => event('CopyReturned', { bookId, copyId: 'c1' }),
    reserve('eve'),
  ];
  return chapters.flatMap((chapter) => BOOKS.map(chapter));
}

describe('the example of docs/schemas.md', () => {
  const project = new ProjectCopy('v1');
  const steps = stepsOf(PAGE);
  let followed: Step[];
  let v1: EventSet<AnyEvent>;
  let v2: EventSet<AnyEvent>;

  beforeAll(() => {
    followed = steps.map((step) => follow(step));
    [v1, v2] = readReleases(project.at('schemas/released')).map(({ schemas }) =>
      eventSetOf(schemas.reservations),
    ) as [EventSet<AnyEvent>, EventSet<AnyEvent>];
  });

  afterAll(() => project.remove());

  function follow(step: Step): Step {
    if (step.kind === 'command')
      return { ...step, prints: project.run(step.command).replaceAll(project.root, '/home/ann/library') };
    project.change(step.diff);
    return step;
  }

  test('prints what the page shows, step by step', () => {
    expect(steps.length).toBeGreaterThan(8);
    expect(followed).toEqual(steps);
  });

  test('the registry accepts the new version, and refuses the two that the gate refuses', async () => {
    const [older, newer] = [v1, v2].map(({ schemas }) => schemas['BookReserved'] as RecordSchema) as [
      RecordSchema,
      RecordSchema,
    ];
    const subject = subjectOf(`evolution.${process.pid}.${Date.now()}`, newer);
    const first = await registerOne(registry, subject, older);
    expect(await registerOne(registry, subject, newer)).not.toBe(first);

    const field = newer.fields.at(-1)!;
    const { default: _, ...withoutDefault } = field;
    for (const wrong of [
      { ...withoutDefault, type: 'string' },
      { ...field, type: ['null', 'int'] },
    ]) {
      const schema = { ...newer, fields: [...older.fields, wrong] };
      const refusal = await registry.register(subject, schema).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RegistryRefusedError);
      expect(refusal).toMatchObject({ code: 409 });
      await expect(registerOne(registry, subject, schema)).rejects.toThrow(
        /The registry refuses the schema of evolution\..*docs\/schemas\.md says how\./,
      );
    }
  });

  describe('on a stream in which both versions are mixed', () => {
    const events = story();
    let mixed: TestEnvironment;
    let plain: TestEnvironment;

    beforeAll(async () => {
      [mixed, plain] = await Promise.all([createTestEnvironment(), createTestEnvironment()]);
      await plain.append(events);
      await mixed.appendRecords(await encodeMixed(mixed.topics.reservations));
    }, 60_000);

    afterAll(() => Promise.all([mixed.close(), plain.close()]));

    /** Every other reservation of each book is written by a producer of the new version. */
    async function encodeMixed(topic: string): Promise<OutgoingRecord[]> {
      for (const schema of recordsOf(v2)) await registerOne(registry, subjectOf(topic, schema), schema);
      const old = await createEncoder({ registry, topic, schemas: v1 });
      const now = await createEncoder({ registry, topic, schemas: v2 });
      return events.map((each) => {
        const encoder = branchOf(each) === null ? old : now;
        const written: AnyEvent = Object.assign({}, each, { pickupBranch: branchOf(each) });
        return encodeRecord(written, encoder, { source: '/test' });
      });
    }

    /** The branch that a reservation is for in the mixed stream; null where it is written with the old version. */
    function branchOf(each: LibraryEvent): string | null {
      if (each.type !== 'BookReserved') return null;
      const reservations = events.filter(
        ({ type, bookId }) => type === 'BookReserved' && bookId === each.bookId,
      );
      return reservations.indexOf(each) % 2 === 1 ? `branch of ${each.userId}` : null;
    }

    async function valuesOf(environment: TestEnvironment): Promise<Buffer[]> {
      const values: Buffer[] = [];
      const ranges = await environment.log.bounds(environment.topics.reservations);
      for await (const { records } of environment.log.read(environment.topics.reservations, { ranges }))
        values.push(...records.map(({ value }) => value!));
      return values;
    }

    test('code of the old version projects the same views as if the new version did not exist', async () => {
      const views = await replayFromScratch(mixed);
      expect(views).toEqual(await replayFromScratch(plain));
      expect(statusesIn(views)).toEqual({ ready: 24, waiting: 12, fulfilled: 12, cancelled: 12 });
    });

    test('a reader of the new version gets the default from old records and the value from new ones', async () => {
      const values = await valuesOf(mixed);
      const decoder = createDecoder({ registry, schemas: v2 });
      await decoder.learn(values);
      const decoded = new Map(
        values.map((value) => decoder.decode(value)).map((each) => [each.eventId, each]),
      );
      expect(decoded.size).toBe(events.length);
      for (const each of events)
        expect(decoded.get(each.eventId)).toStrictEqual(
          each.type === 'BookReserved' ? { ...each, pickupBranch: branchOf(each) } : each,
        );
    });

    test('a reader of the old version gets what it knows, and the two versions have an ID each', async () => {
      const values = await valuesOf(mixed);
      const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
      await decoder.learn(values);
      const ids = new Map<string, Set<number>>();
      const byId = new Map(events.map((each) => [each.eventId, each]));
      for (const value of values) {
        const each = decoder.decode(value);
        expect(each).toStrictEqual(byId.get(each.eventId));
        ids.set(each.type, (ids.get(each.type) ?? new Set()).add(schemaIdIn(value)!));
      }
      expect(ids.get('BookReserved')?.size).toBe(2);
      expect(ids.get('CopyAdded')?.size).toBe(1);
    });
  });
});

function eventSetOf(records: readonly RecordSchema[]): EventSet<AnyEvent> {
  return {
    name: 'reservations',
    schemas: Object.fromEntries(records.map((schema) => [schema.name, schema])),
  };
}

function recordsOf<E extends AnyEvent>({ schemas }: EventSet<E>): RecordSchema[] {
  return Object.values<RecordSchema>(schemas);
}

function statusesIn({ reservations }: Views): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of reservations as { status: string }[]) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
