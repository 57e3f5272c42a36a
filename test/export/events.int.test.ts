import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parse } from 'csv-parse/sync';
import { formatPosition, type Position } from '../../infra/event-log/log';
import { Keeper, until } from '../../infra/event-log/conformance/harness';
import { LIBRARY_EVENT_TYPES, type LibraryEvent } from '../../schemas/generated/events';
import { library } from '../cli';
import { event } from '../environment';
import { EventsCli, rowsIn, UNDECODABLE, type Row } from './events-cli';

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
  event('ReservationExpired', {
    bookId: 'moby',
    reservationId: OTHER,
    pickupBy: Date.UTC(2026, 0, 8),
    readySince: null,
  }),
  event('CopyBorrowed', { bookId: 'moby', copyId: 'm-1', userId: 'queequeg' }),
  event('CopyReturned', { bookId: 'moby', copyId: 'm-1' }),
  event('CopyWithdrawn', { bookId: 'moby', copyId: 'm-1' }),
  event('CopyAdded', { bookId: 'emma', copyId: 'e-1' }),
  event('BookReserved', { bookId: 'emma', reservationId: OTHER, userId: 'ishmael' }),
];

let cli: EventsCli;
let folder: string;
let positions: Position[];
/** A time between the events of `moby` and the undecodable records, which precede those of `emma`. */
let between: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'library-events-'));
  cli = await EventsCli.open();
  positions = await cli.environment.append(EVENTS.slice(0, 10));
  between = Date.now() + 1;
  await until(() => Date.now() > between, 'the clock to move on');
  await cli.environment.appendRecords(UNDECODABLE);
  positions.push(...(await cli.environment.append(EVENTS.slice(10))));
});
afterAll(async () => {
  await cli.close();
  await rm(folder, { recursive: true });
});

const typesOf = (found: readonly Row[]) => found.map(({ type }) => type);
const ofMoby = EVENTS.slice(0, 10).map(({ type }) => type);

describe('library events', () => {
  test('writes every event as a line of JSON, a partition in its order, and leaves no group behind', async () => {
    const { code, stdout, stderr } = await cli.run();
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
      authType: null,
      authId: null,
    });
    expect(stderr).toContain('The value starts with byte 110');
    expect(stderr).toContain('The registry has no schema with ID 2147483647');
    expect(stderr).toContain('2 records could not be understood and were left out');
    expect(stderr).toMatch(/^Events 14\/14/m);
    expect(await cli.groups()).toEqual([]);
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
    ['events from a time on', ['--from', '@BETWEEN'], ['CopyAdded', 'BookReserved']],
    ['up to a time', ['--to', '@BETWEEN'], ofMoby],
    ['a range of offsets', ['--book', 'moby', '--from', '2', '--to', '4'], ofMoby.slice(2, 4)],
    ['nothing beyond the end', ['--from', '1000'], []],
  ])('writes %s', async (_, args, types) => {
    const given = args.map((arg) => arg.replace('BETWEEN', new Date(between).toISOString()));
    expect(typesOf(await cli.rows(...given))).toEqual(types);
  });

  test('writes at most --limit rows', async () => expect(await cli.rows('--limit', '3')).toHaveLength(3));

  test('writes the outcomes as well', async () => expect(await cli.rows('--topic', 'outcomes')).toEqual([]));

  test('leaves the offsets of a live group alone', async () => {
    const groupId = `${cli.environment.topics.reservations}.live`;
    const keeper = new Keeper();
    const subscription = await cli.environment.log.subscribe(
      keeper.options(cli.environment.topics.reservations, groupId),
    );
    await keeper.has(14);
    await subscription.close();
    const offsets = () => cli.admin.fetchOffsets({ groupId, topics: [cli.environment.topics.reservations] });
    const before = await offsets();
    await cli.rows();
    expect(await offsets()).toEqual(before);
    expect(JSON.stringify(before)).toMatch(/"offset":"1\d"/);
  });

  test('exports csv and Parquet files that hold the same', async () => {
    const [csv, parquet] = [join(folder, 'events.csv'), join(folder, 'events.parquet')];
    expect(await cli.run('--format', 'csv', '--output', csv)).toMatchObject({ code: 0, stdout: '' });
    expect(await cli.run('--format', 'parquet', '--output', parquet)).toMatchObject({ code: 0, stdout: '' });
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

  test('follows until Ctrl-C: 130, in no group', async () => {
    const following = cli.start('--book', 'live', '--follow');
    const outcome = following.done;
    const append = (copyId: string) =>
      cli.environment.append([event('CopyAdded', { bookId: 'live', copyId })]);
    await append('l-1');
    await until(() => following.stdout.includes('l-1'), 'the existing row');
    await append('l-2');
    await until(() => following.stdout.includes('l-2'), 'the later row');
    expect(await cli.groups()).toEqual([]);
    following.child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130, stderr: '' });
    expect(await cli.groups()).toEqual([]);
  });

  test('follows up to --limit rows', async () => {
    const following = cli.start('--from', 'end', '--follow', '--limit', '1', '--book', 'last');
    const outcome = following.done;
    // The reader may start later than some of these appends, and then behind them.
    await until(async () => {
      await cli.environment.append([event('CopyAdded', { bookId: 'last', copyId: 'x' })]);
      return following.child.exitCode !== null || following.stdout !== '';
    }, 'a row');
    expect(await outcome).toMatchObject({ code: 0 });
    expect(rowsIn(following.stdout)).toHaveLength(1);
  });
});

describe('library events, while the registry is down', () => {
  const run = (...args: string[]) => {
    const env = { ...cli.environment.env, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9/' };
    return library(env, 'events', ...args);
  };

  test('exports what the ledger has the schemas of', async () => {
    const { code, stdout } = await run('--book', 'emma');
    expect(code).toBe(0);
    expect(typesOf(rowsIn(stdout))).toEqual(['CopyAdded', 'BookReserved']);
  });

  test('fails with the reason where a record names another one', async () => {
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The schema registry at 127.0.0.1:9\/ does not answer/m);
  });
});

describe('library events, called in a wrong way or without its servers', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'Kafka is down',
      { KAFKA_BROKERS: '127.0.0.1:9' },
      /^Kafka at 127.0.0.1:9 cannot be asked: .* Run "make up"/,
    ],
    [
      'the topic is missing',
      { TOPIC_PREFIX: 'nobody' },
      /^The topic nobody.reservations is not there: run "make up"/,
    ],
  ])('fails with the reason when %s', async (_, env, message) => {
    const { code, stdout, stderr } = await library({ ...cli.environment.env, ...env }, 'events');
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
    const { code, stdout, stderr } = await cli.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('has help', async () => expect(await cli.run('--help')).toMatchObject({ code: 0, stderr: '' }));
});
