import pg from 'pg';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { backlog } from '../events';
import { projectionRate } from '../projection-rate';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { freshDatabase, openBenchEnvironment, type Servers } from '../servers';

const CHUNK = 2_000;

interface Projected {
  /** Events a second, from the first stored batch to the last. */
  readonly rate: number;
  /** MB. */
  readonly memory: number;
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
  const child = await Child.startRole('availability', { ...environment.env, DATABASE_URL: database.url });
  try {
    return { rate: await projectionRate(client, total), memory: child.peakMemory() };
  } finally {
    await child.stop();
    await client.end();
    await database.drop();
  }
}

async function consumeBarely(environment: TestEnvironment, total: number, round: number): Promise<Projected> {
  const group = `${environment.topics.reservations}.bare-${round}`;
  const child = await Child.start('bench/peers/bare-consumer.js', [], {
    ...environment.env,
    ...{ TOPIC: environment.topics.reservations, GROUP: group, EVENTS: String(total) },
  });
  try {
    const { rate } = await child.nextLine('done');
    return { rate: Number(rate), memory: child.peakMemory() };
  } finally {
    await child.stop();
  }
}

function describe(ours: readonly Projected[], bare: readonly Projected[], total: number): PartResult {
  const rate = (results: readonly Projected[]) => results.map((result) => result.rate);
  return {
    title: `Projection of a backlog of ${total.toLocaleString('en')} events`,
    measures: [
      { name: 'availability', unit: 'events/s', values: rate(ours) },
      { name: 'bare loop, one plain row per event', unit: 'events/s', values: rate(bare) },
      {
        name: 'availability ÷ bare',
        unit: '',
        values: ratios(rate(ours), rate(bare)),
        limit: { atLeast: 0.4 },
      },
      {
        name: 'memory of availability, peak',
        unit: 'MB',
        values: ours.map(({ memory }) => memory),
        limit: { atMost: 300 },
      },
    ],
    notes: [
      'From the first stored batch to the last, so without the time to start. Both with synchronous_commit off.',
    ],
  };
}
