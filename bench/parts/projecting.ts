import pg from 'pg';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { backlog } from '../events';
import { postgresTime } from '../processor-time';
import { projectionRates } from '../projection-rate';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { freshDatabase, openBenchEnvironment, type Servers } from '../servers';

const CHUNK = 2_000;

interface Projected {
  /** Events a second, from the first stored batch to the last. */
  readonly rate: number;
  /** The same until everything that follows from them is published. */
  readonly published: number;
  /** MB. */
  readonly memory: number;
  /** Processor time per event, in microseconds: of the process itself, and of Postgres meanwhile. */
  readonly node: number;
  readonly postgres: number;
}

/** Events projected a second from a backlog, beside the least that a consumer can do with the same topic. */
export async function measureProjecting(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  try {
    const events = await backlog(settings.backlog);
    for (let at = 0; at < events.length; at += CHUNK) await environment.append(events.slice(at, at + CHUNK));
    const ours: Projected[] = [];
    const bare: Projected[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      for (const contestant of orderOf(['ours', 'bare'] as const, round)) {
        if (contestant === 'ours') ours.push(await project(environment, events.length));
        else bare.push(await consumeBarely(environment, events.length, round));
      }
    }
    return describe(ours, bare, events.length);
  } finally {
    await environment.close();
  }
}

async function project(environment: TestEnvironment, total: number): Promise<Projected> {
  const database = await freshDatabase(environment);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const before = await postgresTime(client);
  const child = await Child.startRole('availability', { ...environment.env, DATABASE_URL: database.url });
  const started = child.processorTime();
  try {
    const { stored, published } = await projectionRates(client, total);
    return {
      ...{ rate: stored, published, memory: child.peakMemory() },
      node: (child.processorTime() - started) / total,
      postgres: ((await postgresTime(client)) - before) / total,
    };
  } finally {
    await child.stop();
    await client.end();
    await database.drop();
  }
}

async function consumeBarely(environment: TestEnvironment, total: number, round: number): Promise<Projected> {
  const group = `${environment.topics.reservations}.bare-${round}`;
  const client = new pg.Client({ connectionString: environment.config.DATABASE_URL });
  await client.connect();
  const before = await postgresTime(client);
  const child = await Child.start('bench/peers/bare-consumer.js', [], {
    ...environment.env,
    ...{ TOPIC: environment.topics.reservations, GROUP: group, EVENTS: String(total) },
  });
  const started = child.processorTime();
  try {
    const { rate } = await child.nextLine('done');
    return {
      ...{ rate: Number(rate), published: Number(rate), memory: child.peakMemory() },
      node: (child.processorTime() - started) / total,
      postgres: ((await postgresTime(client)) - before) / total,
    };
  } finally {
    await child.stop();
    await client.end();
  }
}

function describe(ours: readonly Projected[], bare: readonly Projected[], total: number): PartResult {
  const of = (results: readonly Projected[], figure: keyof Projected) =>
    results.map((result) => result[figure]);
  const rate = 'events/s';
  const time = 'µs per event';
  return {
    title: `Projection of a backlog of ${total.toLocaleString('en')} events`,
    measures: [
      { name: 'availability', unit: rate, values: of(ours, 'rate') },
      { name: 'availability, until all outcomes are published', unit: rate, values: of(ours, 'published') },
      { name: 'bare loop, one plain row per event', unit: rate, values: of(bare, 'rate') },
      {
        name: 'availability, until published ÷ bare',
        unit: '',
        values: ratios(of(ours, 'published'), of(bare, 'rate')),
        limit: { atLeast: 0.4 },
      },
      {
        name: 'availability, until stored ÷ bare',
        unit: '',
        values: ratios(of(ours, 'rate'), of(bare, 'rate')),
      },
      { name: 'processor time of availability', unit: time, values: of(ours, 'node') },
      { name: 'of Postgres beside it', unit: time, values: of(ours, 'postgres') },
      { name: 'of the bare loop', unit: time, values: of(bare, 'node') },
      { name: 'of Postgres beside that', unit: time, values: of(bare, 'postgres') },
      {
        name: 'memory of availability, peak',
        unit: 'MB',
        values: of(ours, 'memory'),
        limit: { atMost: 300 },
      },
    ],
    notes: [
      'Without the time to start: from the first stored batch, and for the bare loop from the first one that it is handed, to the last; for the limit until the last outcome is on its topic and the outbox is empty. Both with synchronous_commit off.',
    ],
  };
}
