import { PARTITIONS } from '../../schemas/topics';
import type { Pool } from 'pg';
import { ProjectorMetrics } from '../../consumer/projector/metrics';
import { Checkpoints } from '../../consumer/projector/checkpoint';
import { Projector } from '../../consumer/projector/projector';
import { createViewPool } from '../../consumer/projector/view-pool';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { migrate, migrations } from '../../consumer/prisma/migrate';
import { AvailabilityProjection } from '../../consumer/views/availability/projection';
import { createLogger } from '../../infra/logger';
import { createDecoder } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import { Registry } from 'prom-client';
import { createTestDatabase, uniqueName } from '../servers';
import type { TestEnvironment } from '../environment';

const TABLES = {
  books: 'book_id',
  copies: 'book_id, copy_id',
  reservations: 'book_id, ticket',
  history: 'book_id, partition, "offset"',
};

export type Views = Record<keyof typeof TABLES, unknown[]>;

/** All rows of the availability view. */
export async function viewsIn(pool: Pool, schema = 'library'): Promise<Views> {
  const views = {} as Views;
  for (const [table, order] of Object.entries(TABLES)) {
    const { rows } = await pool.query<object>(`SELECT * FROM ${schema}.${table} ORDER BY ${order}`);
    views[table as keyof Views] = rows;
  }
  return views;
}

/** Waits until the view has caught up with the present end of the stream. */
export async function caughtUp(environment: TestEnvironment, pool: Pool): Promise<void> {
  const watcher = new ProgressWatcher(pool, 'availability', environment.topics.reservations);
  for (const { partition, end } of await environment.log.bounds(environment.topics.reservations)) {
    if (end === 0) continue;
    const reached = await watcher.reaches({ partition, offset: end - 1 }, 60_000);
    if (!reached) throw new Error(`partition ${partition} was not projected up to ${end} within a minute`);
  }
}

/** The view after a replay of the stream from its beginning into an empty database. */
export async function replayFromScratch(environment: TestEnvironment): Promise<Views> {
  const database = await createTestDatabase(environment.config.DATABASE_URL);
  const logger = createLogger('silent');
  const pool = createViewPool(database.url, logger);
  await migrate(database.url, migrations());
  const topic = environment.topics.reservations;
  const projector = new Projector({
    log: environment.log,
    topic,
    partitions: PARTITIONS,
    group: uniqueName('replay'),
    projection: new AvailabilityProjection({
      pool,
      topic,
      publishes: () => false,
      rules: { pickupWindow: environment.config.PICKUP_WINDOW },
    }),
    decoder: createDecoder({
      registry: createRegistry(environment.config.SCHEMA_REGISTRY_URL),
      schemas: LIBRARY_EVENTS,
    }),
    checkpoints: new Checkpoints(pool, 'availability', topic, environment.log),
    deadLetters: { keep: () => Promise.reject(new Error('no dead letters are expected here')) },
    logger,
    metrics: new ProjectorMetrics(new Registry(), 'replay'),
    onFatal: (error) => {
      throw error;
    },
  });
  try {
    await projector.start();
    await caughtUp(environment, pool);
    return await viewsIn(pool);
  } finally {
    await projector.close();
    await pool.end();
    await database.drop();
  }
}
