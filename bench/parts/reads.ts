import pg from 'pg';
import { v7 } from 'uuid';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { fire } from '../load';
import { projectionRate } from '../projection-rate';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { openBenchEnvironment, type Servers } from '../servers';
import { stockLibrary } from './writes';

const KINDS = ['book', 'reservation'] as const;
const NAMES = ['api', 'bare'] as const;

/** Reads by ID a second: the API, beside a bare express endpoint with one query by the key. */
export async function measureReads(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const children: Child[] = [];
  try {
    const paths = await fill(environment, settings.books);
    children.push(await Child.startRole('api', environment.env));
    children.push(await Child.start('bench/peers/read.js', [], environment.env));
    const urls = { api: children[0]!.url, bare: children[1]!.url };
    const { connections, rounds, seconds, warmUp, books } = settings;
    const load = (name: (typeof NAMES)[number], kind: (typeof KINDS)[number], duration: number) =>
      fire({ url: urls[name], connections, seconds: duration, books, tag: '', paths: paths[kind] });
    const rates = { book: { api: [], bare: [] }, reservation: { api: [], bare: [] } } as Rates;
    let failed = 0;
    for (const kind of KINDS) {
      for (const name of NAMES) await load(name, kind, warmUp);
      for (let round = 0; round < rounds; round++)
        for (const name of orderOf(NAMES, round)) {
          const result = await load(name, kind, seconds);
          rates[kind][name].push(result.rate);
          failed += result.failed;
        }
    }
    return describe(rates, failed, settings);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await environment.close();
  }
}

type Rates = Record<(typeof KINDS)[number], Record<(typeof NAMES)[number], number[]>>;

/** Some readers for each book. @returns the paths to be read */
async function fill(
  environment: TestEnvironment,
  books: number,
): Promise<Record<(typeof KINDS)[number], string[]>> {
  await stockLibrary(environment, books);
  const reservations = Array.from(
    { length: 10 * books },
    (_, i): Extract<LibraryEvent, { type: 'BookReserved' }> => {
      const [bookId, reservationId] = [String(1 + (i % books)), v7()];
      return {
        type: 'BookReserved',
        eventId: v7(),
        occurredAt: Date.now(),
        bookId,
        reservationId,
        userId: `reader-${i}`,
      };
    },
  );
  for (let at = 0; at < reservations.length; at += 2_000)
    await environment.append(reservations.slice(at, at + 2_000));
  const total = (await environment.log.bounds(environment.topics.reservations)).reduce(
    (sum, { end }) => sum + end,
    0,
  );
  const projector = await Child.startRole('availability', environment.env);
  const client = new pg.Client({ connectionString: environment.config.DATABASE_URL });
  await client.connect();
  try {
    await projectionRate(client, total);
  } finally {
    await projector.stop();
  }
  await client.query('VACUUM (ANALYZE)');
  await client.end();
  return {
    book: reservations.map(({ bookId }) => `/v1/books/${bookId}`),
    reservation: reservations.map(
      ({ bookId, reservationId }) => `/v1/books/${bookId}/reservations/${reservationId}`,
    ),
  };
}

function describe(rates: Rates, failed: number, { connections, books }: Settings): PartResult {
  return {
    title: `Reads by ID, ${connections} connections, ${books} books`,
    measures: KINDS.flatMap((kind) => [
      { name: `GET of a ${kind}, API`, unit: '1/s', values: rates[kind].api },
      { name: `GET of a ${kind}, express and one query by key`, unit: '1/s', values: rates[kind].bare },
      {
        name: `GET of a ${kind}, API ÷ bare`,
        unit: '',
        values: ratios(rates[kind].api, rates[kind].bare),
        limit: { atLeast: 0.7 },
      },
    ]),
    notes: [
      `${failed} requests failed. The bare endpoint answers with the row; it knows no place in the queue.`,
    ],
  };
}
