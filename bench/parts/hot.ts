import pg from 'pg';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { HOT_BOOK, hotBook, type HotBook } from '../hot-book';
import { rateBetween, untilProjected } from '../projection-rate';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, quantile, ratios } from '../statistics';
import { freshDatabase, openBenchEnvironment, type Servers } from '../servers';

const CHUNK = 2_000;
const REPEATS = 200;
const PAGE = 200;

type View = 'availability' | 'demand';

interface Hot {
  /** Events a second with the queue at its length. */
  readonly availability: number;
  readonly demand: number;
  /** MB. */
  readonly memory: number;
  readonly reads: Reads;
}

/** The medians of latencies, in milliseconds. */
interface Reads {
  readonly first: number;
  readonly late: number;
  readonly firstPage: number;
  readonly latePage: number;
}

/** What a long queue costs: the projection of one book's events, and reads of places in its queue, beside a short one. */
export async function measureHot(servers: Servers, settings: Settings): Promise<PartResult> {
  const { short, long, turnover } = settings.hot;
  const environments = [short, long].map(async (length) => {
    const book = hotBook(length, long + 10, turnover);
    const environment = await openBenchEnvironment(servers);
    for (const events of [book.setup, book.turnover])
      for (let at = 0; at < events.length; at += CHUNK)
        await environment.append(events.slice(at, at + CHUNK));
    return { length, book, environment };
  });
  const contestants = await Promise.all(environments);
  const results = new Map<number, Hot[]>([
    [short, []],
    [long, []],
  ]);
  try {
    for (let round = 0; round < Math.ceil(settings.rounds / 2); round++)
      for (const { length, book, environment } of orderOf(contestants, round))
        results.get(length)!.push(await measureOne(environment, book));
  } finally {
    for (const { environment } of contestants) await environment.close();
  }
  return describe(results.get(short)!, results.get(long)!, settings);
}

async function measureOne(environment: TestEnvironment, book: HotBook): Promise<Hot> {
  const database = await freshDatabase(environment);
  const env = { ...environment.env, DATABASE_URL: database.url };
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const demand = await project('demand', env, client, book);
    const availability = await project('availability', env, client, book);
    await client.query('VACUUM (ANALYZE) library.reservations, library.books, library.history');
    const api = await Child.startRole('api', env);
    try {
      const reads = await readPlaces(api.url, book.waiting);
      return { availability: availability.rate, demand: demand.rate, memory: availability.memory, reads };
    } finally {
      await api.stop();
    }
  } finally {
    await client.end();
    await database.drop();
  }
}

/** The rate of the turnover alone, without the events that made the queue. */
async function project(
  view: View,
  env: NodeJS.ProcessEnv,
  client: pg.Client,
  { setup, turnover }: HotBook,
): Promise<{ rate: number; memory: number }> {
  const child = await Child.startRole(view, env);
  try {
    const from = await untilProjected(client, setup.length, view);
    const to = await untilProjected(client, setup.length + turnover.length, view);
    return { rate: rateBetween(from, to), memory: child.peakMemory() };
  } finally {
    await child.stop();
  }
}

async function readPlaces(url: string, waiting: readonly string[]): Promise<Reads> {
  const late = Math.min(5_000, waiting.length);
  const base = `${url}/v1/books/${HOT_BOOK}/reservations`;
  const places = { first: waiting[0]!, late: waiting[late - 1]! };
  const found = await read<{ queuePosition: number }>(`${base}/${places.late}`);
  if (found.queuePosition !== late) throw new Error(`place ${late} is shown as ${found.queuePosition}`);
  const pageOf = async (place: number) => {
    let cursor = '';
    for (let at = 0; at + PAGE < place; at += PAGE) {
      const { nextCursor } = await read<{ nextCursor: string | null }>(`${base}?limit=${PAGE}${cursor}`);
      cursor = `&cursor=${nextCursor}`;
    }
    return `${base}?limit=${PAGE}${cursor}`;
  };
  return {
    first: await latency(`${base}/${places.first}`),
    late: await latency(`${base}/${places.late}`),
    firstPage: await latency(await pageOf(1)),
    latePage: await latency(await pageOf(late)),
  };
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} was answered ${response.status}`);
  return (await response.json()) as T;
}

async function latency(url: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const started = performance.now();
    await read(url);
    times.push(performance.now() - started);
  }
  return quantile(times, 0.5);
}

function describe(short: readonly Hot[], long: readonly Hot[], { hot }: Settings): PartResult {
  const [few, many] = [hot.short, hot.long].map((length) => length.toLocaleString('en'));
  const rate = (view: View, results: readonly Hot[]) => results.map((result) => result[view]);
  const time = (read: keyof Reads, results: readonly Hot[]) => results.map(({ reads }) => reads[read]);
  const projected = (['availability', 'demand'] as const).flatMap((view) => [
    { name: `${view}, ${few} wait`, unit: 'events/s', values: rate(view, short) },
    { name: `${view}, ${many} wait`, unit: 'events/s', values: rate(view, long) },
    {
      name: `${view}, long ÷ short queue`,
      unit: '',
      values: ratios(rate(view, long), rate(view, short)),
      limit: { atLeast: 0.8 },
    },
  ]);
  const latencies = [
    { name: 'GET of a reservation, place 1', read: 'first' },
    { name: `GET of a reservation, place ${few} · 5,000`, read: 'late' },
    { name: `page of ${PAGE}, from place 1`, read: 'firstPage' },
    { name: `page of ${PAGE}, up to place ${few} · 5,000`, read: 'latePage' },
  ] as const;
  return {
    title: `One book with ${few} and with ${many} open reservations`,
    measures: [
      ...projected,
      ...latencies.flatMap(({ name, read: which }) => [
        { name: `${name}: ${few} wait`, unit: 'ms', values: time(which, short) },
        { name: `${name}: ${many} wait`, unit: 'ms', values: time(which, long) },
      ]),
      {
        name: `place 5,000 ÷ place 1, ${many} wait`,
        unit: '',
        values: ratios(time('late', long), time('first', long)),
        limit: { atMost: 1.5 },
      },
      {
        name: `page at place 5,000 ÷ at place 1, ${many} wait`,
        unit: '',
        values: ratios(time('latePage', long), time('firstPage', long)),
        limit: { atMost: 1.5 },
      },
      {
        name: 'memory of availability, peak',
        unit: 'MB',
        values: long.map(({ memory }) => memory),
        limit: { atMost: 300 },
      },
    ],
    notes: ['Each view is measured alone, on the events that come after its queue was built up.'],
  };
}
