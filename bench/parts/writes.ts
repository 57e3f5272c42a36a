import { readCatalogue } from '../../app/demo/data';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { eventsOfBook } from '../events';
import type { LoadResult } from '../generator';
import { fire } from '../load';
import { createPeerTables } from '../peers/transaction-schema';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { openBenchEnvironment, type Servers } from '../servers';

type Name = 'api' | 'empty' | 'transaction';

interface Measured extends LoadResult {
  /** The server's processor time per accepted request, in microseconds. */
  readonly processorTime: number;
}

const NAMES: readonly Name[] = ['api', 'empty', 'transaction'];

/** Appends the first books of the catalogue and their copies, as the demo loads them. */
export async function stockLibrary(environment: TestEnvironment, books: number): Promise<void> {
  const events = (await readCatalogue(books)).flatMap(eventsOfBook);
  for (let at = 0; at < events.length; at += 2_000) await environment.append(events.slice(at, at + 2_000));
}

/**
 * Accepted reservations a second: the API, an empty express endpoint, and an API with one Postgres transaction per
 * request. All three get the same requests from the same generator, in turn.
 */
export async function measureWrites(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const children: Child[] = [];
  const start = async (starting: Promise<Child>) => {
    const child = await starting;
    children.push(child);
    return child;
  };
  try {
    await stockLibrary(environment, settings.books);
    await createPeerTables(environment.config.DATABASE_URL, settings.books);
    const contestants: Record<Name, Child> = {
      api: await start(Child.startRole('api', environment.env)),
      empty: await start(Child.start('bench/peers/empty.js', [], {})),
      transaction: await start(Child.start('bench/peers/transaction.js', [], environment.env)),
    };
    const results = await contest(contestants, settings);
    const withProjection = await fullSystem(contestants.api, environment, settings, start);
    return describe(results, withProjection, settings);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await environment.close();
  }
}

async function contest(
  contestants: Readonly<Record<Name, Child>>,
  { rounds, seconds, warmUp, connections, books }: Settings,
): Promise<Record<Name, Measured[]>> {
  const load = (name: Name, tag: string, duration: number) =>
    fire({ url: contestants[name].url, connections, seconds: duration, books, tag });
  for (const name of NAMES) await load(name, 'warm', warmUp);
  const results: Record<Name, Measured[]> = { api: [], empty: [], transaction: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of orderOf(NAMES, round)) {
      const before = contestants[name].processorTime();
      const result = await load(name, `r${round}`, seconds);
      const processorTime = (contestants[name].processorTime() - before) / (result.rate * seconds);
      results[name].push({ ...result, processorTime });
    }
  }
  return results;
}

interface FullSystem {
  readonly result: LoadResult;
  readonly apiMemory: number;
  readonly projectorMemory: number;
}

/** The same load while the projector runs beside the API: the rate of the whole system, and its memory. */
async function fullSystem(
  api: Child,
  environment: TestEnvironment,
  { seconds, connections, books }: Settings,
  start: (starting: Promise<Child>) => Promise<Child>,
): Promise<FullSystem> {
  const projector = await start(Child.startRole('availability', environment.env));
  const result = await fire({ url: api.url, connections, seconds: 2 * seconds, books, tag: 'full' });
  return { result, apiMemory: api.peakMemory(), projectorMemory: projector.peakMemory() };
}

function describe(
  { api, empty, transaction }: Readonly<Record<Name, Measured[]>>,
  full: FullSystem,
  { connections, books }: Settings,
): PartResult {
  const rate = (results: readonly LoadResult[]) => results.map((result) => result.rate);
  const time = (results: readonly Measured[]) => results.map(({ processorTime }) => processorTime);
  const failed = [...api, ...empty, ...transaction, full.result].reduce(
    (sum, result) => sum + result.failed,
    0,
  );
  return {
    title: `Accepted reservations, ${connections} connections, ${books} books`,
    measures: [
      { name: 'API', unit: '1/s', values: rate(api) },
      { name: 'empty express endpoint', unit: '1/s', values: rate(empty) },
      { name: 'one Postgres transaction per request', unit: '1/s', values: rate(transaction) },
      { name: 'API ÷ empty', unit: '', values: ratios(rate(api), rate(empty)), limit: { atLeast: 0.7 } },
      {
        name: 'API ÷ transaction per request',
        unit: '',
        values: ratios(rate(api), rate(transaction)),
        limit: { atLeast: 2.5 },
      },
      { name: 'API, 99 % answered within', unit: 'ms', values: api.map(({ p99 }) => p99) },
      { name: 'processor time per request, API', unit: 'µs', values: time(api) },
      { name: 'processor time per request, empty', unit: 'µs', values: time(empty) },
      { name: 'API while the projector works beside it', unit: '1/s', values: [full.result.rate] },
      { name: 'memory of api, peak', unit: 'MB', values: [full.apiMemory], limit: { atMost: 300 } },
      {
        name: 'memory of availability, peak',
        unit: 'MB',
        values: [full.projectorMemory],
        limit: { atMost: 300 },
      },
    ],
    notes: [
      `${failed} requests failed. The generator (autocannon) is a process of its own on the same machine.`,
    ],
  };
}
