import pg from 'pg';
import { v7 } from 'uuid';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { backlog } from '../events';
import { rateBetween, untilProjected } from '../projection-rate';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { openBenchEnvironment, type Servers } from '../servers';
import { orderOf, ratios } from '../statistics';

const CHUNK = 2_000;
const POISONED = 'poisoned-book';

interface Contestant {
  readonly environment: TestEnvironment;
  readonly client: pg.Client;
  /** Events a second. */
  readonly rates: number[];
  /** How many records are on its stream. */
  appended: number;
}

/** What a book costs all others of which so many records are parked behind a dead one: their projection beside it, and without it. */
export async function measureParked(servers: Servers, settings: Settings): Promise<PartResult> {
  const { backlog: portion, rounds, parked } = settings;
  const without = await open(servers);
  const beside = await open(servers);
  try {
    await park(beside, parked);
    await project(beside);
    const events = await backlog(portion * rounds);
    for (let round = 0; round < rounds; round++)
      for (const contestant of orderOf([without, beside], round)) {
        for (let at = round * portion; at < (round + 1) * portion; at += CHUNK)
          await contestant.environment.append(events.slice(at, Math.min(at + CHUNK, (round + 1) * portion)));
        const from = contestant.appended;
        contestant.appended += portion;
        contestant.rates.push(await project(contestant, from));
      }
  } finally {
    for (const { client, environment } of [without, beside]) {
      await client.end();
      await environment.close();
    }
  }
  return describe(without.rates, beside.rates, parked);
}

async function open(servers: Servers): Promise<Contestant> {
  const environment = await openBenchEnvironment(servers);
  const client = new pg.Client({ connectionString: environment.config.DATABASE_URL });
  await client.connect();
  return { environment, client, rates: [], appended: 0 };
}

/** Appends a record that nobody can read, and so many reservations of the same book. */
async function park(contestant: Contestant, count: number): Promise<void> {
  const { environment } = contestant;
  await environment.appendRecords([{ key: POISONED, value: Buffer.from('not avro'), headers: {} }]);
  for (let at = 0; at < count; at += CHUNK)
    await environment.append(
      Array.from({ length: Math.min(CHUNK, count - at) }, (_, i) => ({
        ...{ type: 'BookReserved', eventId: v7(), occurredAt: Date.now(), bookId: POISONED },
        ...{ reservationId: v7(), userId: `user-${at + i}` },
      })),
    );
  contestant.appended = 1 + count;
}

/** Projects all that is on the stream. @param from how much of it was projected before @returns events a second */
async function project({ environment, client, appended }: Contestant, from = 0): Promise<number> {
  const child = await Child.startRole('availability', environment.env);
  try {
    const first = await untilProjected(client, from + 1);
    return rateBetween(first, await untilProjected(client, appended));
  } finally {
    await child.stop();
  }
}

function describe(without: readonly number[], beside: readonly number[], parked: number): PartResult {
  const count = parked.toLocaleString('en');
  const unit = 'events/s';
  return {
    title: `A book with ${count} records parked behind a dead one`,
    measures: [
      { name: 'availability, no book held up', unit, values: without },
      { name: `availability, beside ${count} parked records`, unit, values: beside },
      { name: 'beside them ÷ without', unit: '', values: ratios(beside, without), limit: { atLeast: 0.95 } },
    ],
    notes: ['The events are those of all other books.'],
  };
}
