import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parse } from 'csv-parse/sync';
import { formatPosition, type Position } from '../../../infra/event-log/log';
import { Keeper, until } from '../../../infra/event-log/conformance/harness';
import { LIBRARY_EVENT_TYPES, type LibraryEvent } from '../../../schemas/generated/events';
import { Cli, library, type CliResult } from '../../../test/cli';
import { event, createTestEnvironment, type TestEnvironment } from '../../../test/environment';

jest.setTimeout(120_000);

const RESERVATION = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const OTHER = '9f2c1c1e-6a55-4a53-8a0e-3d2a4f0f7a11';
const OF_MOBY = { bookId: 'moby', reservationId: RESERVATION };

/** One event of each type for a book, and a few of another. */
const EVENTS: readonly LibraryEvent[] = [
  event('BookCatalogued', {
    bookId: 'moby',
    title: 'Moby-"Dick", or',
    authors: ['Melville, H.'],
    isbn: null,
    year: 1851,
  }),
  event('CopyAdded', { bookId: 'moby', copyId: 'm-1' }),
  event('BookReserved', { ...OF_MOBY, userId: 'ishmael' }),
  event('ReservationSuspended', { ...OF_MOBY, userId: 'ishmael' }),
  event('ReservationResumed', { ...OF_MOBY, userId: null }),
  event('ReservationCancelled', { ...OF_MOBY, userId: 'ishmael', reason: 'no time' }),
  event('ReservationExpired', { bookId: 'moby', reservationId: OTHER }),
  event('CopyBorrowed', { bookId: 'moby', copyId: 'm-1', userId: 'queequeg' }),
  event('CopyReturned', { bookId: 'moby', copyId: 'm-1' }),
  event('CopyWithdrawn', { bookId: 'moby', copyId: 'm-1' }),
  event('CopyAdded', { bookId: 'emma', copyId: 'e-1' }),
  event('BookReserved', { bookId: 'emma', reservationId: OTHER, userId: 'ishmael' }),
];

interface Row extends Record<string, unknown> {
  readonly position: string;
  readonly partition: number;
  readonly type: string;
  readonly bookId: string;
  readonly data: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

let environment: TestEnvironment;
let admin: Admin;
let folder: string;
let positions: Position[];
/** Between the first events and the broken records with `emma`. */
let between: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'library-events-'));
  environment = await createTestEnvironment();
  admin = new Kafka({
    brokers: environment.config.KAFKA_BROKERS.split(','),
    logLevel: logLevel.NOTHING,
  }).admin();
  await admin.connect();
  positions = await environment.append(EVENTS.slice(0, 10));
  between = Date.now() + 1;
  await until(() => Date.now() > between, 'the clock to move on');
  await environment.appendRecords([
    { key: 'moby', value: Buffer.from('no event'), headers: {} },
    { key: 'moby', value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1]), headers: {} },
  ]);
  positions.push(...(await environment.append(EVENTS.slice(10))));
});
afterAll(async () => {
  await admin.disconnect();
  await environment.close();
  await rm(folder, { recursive: true });
});

const events = (...args: string[]) => library(environment.env, 'events', ...args);
const rowsIn = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
const rows = async (...args: string[]) => {
  const { code, stdout, stderr } = await events(...args);
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return rowsIn(stdout);
};
const typesOf = (found: readonly Row[]) => found.map(({ type }) => type);
const ofMoby = EVENTS.slice(0, 10).map(({ type }) => type);

/** Groups of readers of this test's topics that are still there. */
const readers = async () =>
  (await admin.listGroups()).groups.filter(({ groupId }) =>
    groupId.startsWith(`${environment.topics.reservations}.read-`),
  );

describe('library events', () => {
  test('writes every event as a line of JSON, a partition in its order, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await events();
    expect(code).toBe(0);
    const found = rowsIn(stdout);
    expect(new Set(typesOf(found))).toEqual(new Set(LIBRARY_EVENT_TYPES));
    expect(found.map(({ position }) => position).sort()).toEqual(positions.map(formatPosition).sort());
    expect(typesOf(found.filter(({ bookId }) => bookId === 'moby'))).toEqual(ofMoby);
    expect(found.find(({ type }) => type === 'ReservationCancelled')).toEqual({
      position: formatPosition(positions[5]!),
      partition: positions[5]!.partition,
      offset: positions[5]!.offset,
      timestamp: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      type: 'ReservationCancelled',
      eventId: EVENTS[5]!.eventId,
      bookId: 'moby',
      occurredAt: new Date(EVENTS[5]!.occurredAt).toISOString(),
      data: { reservationId: RESERVATION, userId: 'ishmael', reason: 'no time' },
      headers: expect.objectContaining({
        ce_type: 'library.ReservationCancelled',
        ce_source: '/test',
      }) as unknown,
    });
    expect(stderr).toContain('The value starts with byte 110');
    expect(stderr).toContain('The registry has no schema with ID 2147483647');
    expect(stderr).toContain('2 records could not be understood and were left out');
    expect(stderr).toMatch(/^Events 14\/14/m);
    expect(await readers()).toEqual([]);
  });

  test.each<[string, string[], string[]]>([
    ['a book, whose partition alone is read', ['--book', 'emma'], ['CopyAdded', 'BookReserved']],
    ['types', ['--type', 'CopyReturned,CopyWithdrawn'], ['CopyReturned', 'CopyWithdrawn']],
    [
      'a user and a book',
      ['--user', 'ishmael', '--book', 'moby'],
      ['BookReserved', 'ReservationSuspended', 'ReservationCancelled'],
    ],
    ['the last of a partition', ['--book', 'emma', '--from', '-1'], ['BookReserved']],
    ['a time on', ['--from', '@BETWEEN'], ['CopyAdded', 'BookReserved']],
    ['up to a time', ['--to', '@BETWEEN'], ofMoby],
    ['a range of offsets', ['--book', 'moby', '--from', '2', '--to', '4'], ofMoby.slice(2, 4)],
    ['what is beyond the end', ['--from', '1000'], []],
  ])('writes %s', async (_, args, types) => {
    const given = args.map((arg) => arg.replace('BETWEEN', new Date(between).toISOString()));
    expect(typesOf(await rows(...given))).toEqual(types);
  });

  test('writes a number of rows at most', async () => expect(await rows('--limit', '3')).toHaveLength(3));

  test('writes the outcomes as well', async () => expect(await rows('--topic', 'outcomes')).toEqual([]));

  test('leaves the offsets of a live group alone', async () => {
    const groupId = `${environment.topics.reservations}.live`;
    const keeper = new Keeper();
    const subscription = await environment.log.subscribe(
      keeper.options(environment.topics.reservations, groupId),
    );
    await keeper.has(14);
    await subscription.close();
    const offsets = () => admin.fetchOffsets({ groupId, topics: [environment.topics.reservations] });
    const before = await offsets();
    await rows();
    expect(await offsets()).toEqual(before);
    expect(JSON.stringify(before)).toMatch(/"offset":"1\d"/);
  });

  test('exports csv and Parquet files that hold the same', async () => {
    const [csv, parquet] = [join(folder, 'events.csv'), join(folder, 'events.parquet')];
    expect(await events('--format', 'csv', '--output', csv)).toMatchObject({ code: 0, stdout: '' });
    expect(await events('--format', 'parquet', '--output', parquet)).toMatchObject({ code: 0, stdout: '' });
    const fromCsv = parse(await readFile(csv), { columns: true }) as Record<string, string>[];
    const fromParquet = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) });
    const inOrder = (found: readonly Record<string, unknown>[]) =>
      found.map(({ position }) => String(position)).sort();
    expect(inOrder(fromCsv)).toEqual(positions.map(formatPosition).sort());
    expect(inOrder(fromParquet)).toEqual(inOrder(fromCsv));
    const book = fromParquet.find(({ type }) => type === 'BookCatalogued');
    expect(book).toMatchObject({ title: 'Moby-"Dick", or', authors: ['Melville, H.'], year: 1851 });
    expect(await readdir(folder)).toEqual(['events.csv', 'events.parquet']);
  });

  test('follows until Ctrl-C: 130, and its group is gone', async () => {
    const following = new Cli(['events', '--book', 'live', '--follow'], environment.env);
    const outcome = following.done;
    const append = (copyId: string) => environment.append([event('CopyAdded', { bookId: 'live', copyId })]);
    await append('l-1');
    await until(() => following.stdout.includes('l-1'), 'what is there already');
    await append('l-2');
    await until(() => following.stdout.includes('l-2'), 'what came later');
    expect(await readers()).toHaveLength(1);
    following.child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130, stderr: '' });
    expect(await readers()).toEqual([]);
  });

  test('follows up to a number of rows', async () => {
    const following = new Cli(
      ['events', '--from', 'end', '--follow', '--limit', '1', '--book', 'last'],
      environment.env,
    );
    const outcome = following.done;
    await until(async () => (await readers()).length === 1, 'the reader');
    // It may not have begun yet, and then begins behind these.
    await until(async () => {
      await environment.append([event('CopyAdded', { bookId: 'last', copyId: 'x' })]);
      return following.child.exitCode !== null || following.stdout !== '';
    }, 'a row');
    expect(await outcome).toMatchObject({ code: 0 });
    expect(rowsIn(following.stdout)).toHaveLength(1);
  });
});

describe('an export that does not end well', () => {
  beforeAll(async () => {
    const copy = (i: number) => event('CopyAdded', { bookId: `book-${i}`, copyId: 'c' });
    for (let chunk = 0; chunk < 10; chunk += 1)
      await environment.append(Array.from({ length: 2_000 }, (_, i) => copy(i)));
  });

  test('ends quietly when nobody reads on', async () => {
    const exporting = new Cli(['events'], environment.env);
    const outcome = exporting.done;
    await once(exporting.child.stdout!, 'data');
    exporting.child.stdout!.destroy();
    const { code, stderr } = await outcome;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|at .*\.js/);
    expect(await readers()).toEqual([]);
  });

  test('waits for a slow reader, and loses nothing', async () => {
    const exporting = new Cli(['events', '--type', 'CopyAdded'], environment.env);
    const stdout = exporting.child.stdout!;
    const outcome = exporting.done;
    stdout.pause();
    await until(async () => (await readers()).length === 1, 'the reader');
    await until(() => exporting.stderr.includes('Events'), 'a line of progress');
    stdout.resume();
    expect((await outcome).code).toBe(0);
    expect(rowsIn(exporting.stdout).length).toBeGreaterThan(20_000);
  });

  test('reads the same with several threads, each partition in its order, and leaves no group behind', async () => {
    for (const format of ['ndjson', 'csv']) {
      const [one, two] = [
        await events('--format', format),
        await events('--format', format, '--threads', '3'),
      ];
      const withoutRate = ({ stderr }: CliResult) => stderr.replace(/, [\d,]+\/s/g, '');
      expect([two.code, withoutRate(two)]).toEqual([0, withoutRate(one)]);
      const ofPartition = (text: string, partition: number) =>
        text
          .split('\n')
          .filter((line) =>
            line.startsWith(format === 'csv' ? `${partition}:` : `{"position":"${partition}:`),
          );
      for (let partition = 0; partition < 12; partition += 1)
        expect(ofPartition(two.stdout, partition)).toEqual(ofPartition(one.stdout, partition));
      expect(two.stdout.length).toBe(one.stdout.length);
    }
    expect(await readers()).toEqual([]);
  });

  test('with several threads can be interrupted, and ends when nobody reads any more', async () => {
    const file = join(folder, 'threads.ndjson');
    const exporting = new Cli(['events', '--threads', '2', '--output', file], environment.env);
    await until(
      async () => (await readdir(folder)).some((name) => name.includes('threads')),
      'the file beside',
    );
    expect((await exporting.kill('SIGINT')).code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('threads'))).toEqual([]);
    const piped = new Cli(['events', '--threads', '2'], environment.env);
    await once(piped.child.stdout!, 'data');
    piped.child.stdout!.destroy();
    expect(await piped.done).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('EPIPE') as unknown,
    });
    expect(await readers()).toEqual([]);
  });

  test('can be interrupted while nobody reads', async () => {
    const exporting = new Cli(['events'], environment.env);
    const outcome = exporting.done;
    exporting.child.stdout!.pause();
    await until(() => exporting.stderr.includes('Events'), 'a line of progress');
    exporting.child.kill('SIGINT');
    await once(exporting.child, 'exit');
    exporting.child.stdout!.resume();
    expect((await outcome).code).toBe(130);
    expect(await readers()).toEqual([]);
  });

  test('leaves no half file when it is interrupted', async () => {
    const file = join(folder, 'interrupted.ndjson');
    const exporting = new Cli(['events', '--output', file], environment.env);
    const outcome = exporting.done;
    const parts = async () => (await readdir(folder)).filter((name) => name.endsWith('.partial'));
    await until(async () => (await parts()).length === 1, 'the file beside');
    await until(async () => (await stat(join(folder, (await parts())[0]!))).size > 0, 'its first rows');
    exporting.child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('interrupted'))).toEqual([]);
    expect(await readers()).toEqual([]);
  });

  test.each([
    [
      'a folder that is not there',
      '/nowhere/events.csv',
      /^\/nowhere\/events.csv cannot be written: its folder is not there\n/,
    ],
    ['a folder', '/tmp', /^\/tmp cannot be written: that is a folder/],
    ['a full disk', '/dev/full', /\/dev\/full cannot be written: the disk is full\n$/],
  ])('says what is wrong with %s', async (_, output, message) => {
    const { code, stderr } = await events('--output', output, '--limit', '5000');
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'the registry is away',
      { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9/' },
      /^The schema registry at 127.0.0.1:9\/ does not answer/m,
    ],
    [
      'Kafka is away',
      { KAFKA_BROKERS: '127.0.0.1:9' },
      /^Kafka at 127.0.0.1:9 cannot be asked: .* Run "make up"/,
    ],
    [
      'there is no such topic',
      { TOPIC_PREFIX: 'nobody' },
      /^The topic nobody.reservations is not there: run "make up"/,
    ],
  ])('says so when %s', async (_, env, message) => {
    const { code, stdout, stderr } = await library({ ...environment.env, ...env }, 'events');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test.each([
    [['--partition', '12'], /has no partition 12: its partitions are 0 to 11/],
    [['--type', 'BookBurnt'], /no type "BookBurnt" .* Its types are BookCatalogued, BookReserved/],
    [['--topic', 'returns'], /no topic "returns": it is one of reservations, outcomes, dead-letters/],
    [['--topic', 'dead-letters', '--user', 'ann'], /leave out --user/],
    [['--from', 'yesterday'], /write beginning, end, an offset/],
    [['--follow', '--to', 'end'], /leave out --to/],
  ])('is wrong usage with %j', async (args, message) => {
    const { code, stdout, stderr } = await events(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('has help', async () => expect(await events('--help')).toMatchObject({ code: 0, stderr: '' }));
});
