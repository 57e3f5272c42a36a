import pg from 'pg';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { history } from '../events';
import { projectionRate } from '../projection-rate';
import type { PartResult } from '../result';
import { runLibrary, type Run } from '../run-to-end';
import type { Settings } from '../settings';
import { freshDatabase, openBenchEnvironment, type Servers } from '../servers';

/** Rebuilding a view against the live projection of the same topic, and with histories of different lengths. */
export async function measureRebuilding(servers: Servers, { rebuilt }: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  try {
    const chunks = history(rebuilt.large);
    await append(environment, chunks, rebuilt.small);
    const small = await rebuildAlone(environment, rebuilt.small);
    await append(environment, chunks, rebuilt.middle - rebuilt.small);
    const { live, middle } = await rebuildAfterProjection(environment, rebuilt.middle);
    await append(environment, chunks, rebuilt.large - rebuilt.middle);
    const large = await rebuildAlone(environment, rebuilt.large);
    return describe(rebuilt, live, { small, middle, large });
  } finally {
    await environment.close();
  }
}

async function append(
  environment: TestEnvironment,
  chunks: AsyncIterator<LibraryEvent[]>,
  count: number,
): Promise<void> {
  for (let done = 0; done < count;) {
    const { value } = (await chunks.next()) as IteratorYieldResult<LibraryEvent[]>;
    await environment.append(value);
    done += value.length;
  }
}

/** Rebuilds as if the live view had read the whole stream: its outcomes are then not published again, which saves work. */
async function rebuildAlone(environment: TestEnvironment, total: number): Promise<Run> {
  const database = await freshDatabase(environment);
  try {
    await withClient(database.url, async (client) => {
      for (const { partition, end } of await environment.log.bounds(environment.topics.reservations)) {
        await client.query(
          `INSERT INTO library.progress (consumer, topic, partition, next_offset, cluster_id) VALUES ('availability', $1, $2, $3, $4)`,
          [environment.topics.reservations, partition, end, await environment.log.identity()],
        );
      }
    });
    return await rebuild(environment, database.url, total);
  } finally {
    await database.drop();
  }
}

async function rebuildAfterProjection(
  environment: TestEnvironment,
  total: number,
): Promise<{ live: number; middle: Run }> {
  const database = await freshDatabase(environment);
  try {
    const child = await Child.startRole('availability', { ...environment.env, DATABASE_URL: database.url });
    let live: number;
    try {
      live = await withClient(database.url, (client) => projectionRate(client, total));
    } finally {
      await child.stop();
    }
    return { live, middle: await rebuild(environment, database.url, total) };
  } finally {
    await database.drop();
  }
}

function rebuild(environment: TestEnvironment, databaseUrl: string, total: number): Promise<Run> {
  return runLibrary(['rebuild', 'availability'], {
    env: { ...environment.env, DATABASE_URL: databaseUrl },
    total,
  });
}

async function withClient<T>(url: string, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

function describe(
  { small, middle, large }: Settings['rebuilt'],
  live: number,
  runs: Readonly<Record<'small' | 'middle' | 'large', Run>>,
): PartResult {
  const rebuiltRate = (events: number, { rate }: Run) => ({
    name: `rebuild of ${events.toLocaleString('en')} events`,
    unit: 'events/s',
    values: [rate],
  });
  return {
    title: 'Rebuilding the availability view',
    measures: [
      { name: `live projection of ${middle.toLocaleString('en')} events`, unit: 'events/s', values: [live] },
      rebuiltRate(middle, runs.middle),
      { name: 'rebuild ÷ live', unit: '', values: [runs.middle.rate / live], limit: { atLeast: 0.8 } },
      rebuiltRate(small, runs.small),
      rebuiltRate(large, runs.large),
      {
        name: 'long history ÷ short',
        unit: '',
        values: [runs.large.rate / runs.small.rate],
        limit: { atLeast: 0.9 },
      },
      {
        name: 'memory of library rebuild, peak',
        unit: 'MB',
        values: [Math.max(...Object.values(runs).map(({ memory }) => memory))],
        limit: { atMost: 500 },
      },
    ],
    notes: [
      'One round. Rebuilding is timed from the start of the process to its end, with the swap; the live projection from its first stored batch to its last.',
    ],
  };
}
