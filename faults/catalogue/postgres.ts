import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { repeatedly, type Fault, type Scene } from '../fault';

const HELD_MS = 10_000;

/** Postgres that is killed, restarted, full or slow. */
export const POSTGRES_FAULTS: readonly Fault[] = [
  {
    name: 'Postgres: kill -9',
    inject: (scene) =>
      repeatedly(scene, 4, [3_000, 5_000], async () => {
        const startedAt = performance.now();
        await scene.servers.postgres!.kill();
        await scene.servers.postgres!.start();
        // Projections do not wait for the disk, so what was committed last may be lost, rows and positions together.
        scene.wentBack({ startedAt, endedAt: performance.now() });
        scene.mark();
      }),
  },
  {
    name: 'Postgres: restarted',
    inject: (scene) =>
      repeatedly(scene, 2, [4_000, 6_000], async () => {
        await scene.servers.postgres!.stop();
        await delay(scene.random.between(0, 4_000));
        await scene.servers.postgres!.start();
        scene.mark();
      }),
  },
  {
    name: 'Postgres: sessions ended in the middle of transactions',
    inject: (scene) =>
      withClient(scene, (client) =>
        repeatedly(scene, 20, [300, 700], async () => {
          await client.query(END_ALL);
          scene.mark();
        }),
      ),
  },
  {
    name: 'Postgres: no connection left',
    inject: async (scene) => {
      const taken: pg.Client[] = [];
      try {
        await withClient(scene, async (client) => {
          await client.query(END_ALL);
          await takeAll(scene, taken);
        });
        await delay(HELD_MS);
      } finally {
        await Promise.all(taken.map((client) => client.end()));
      }
      scene.mark();
    },
  },
  {
    name: 'Postgres: a lock held for 10 s',
    inject: (scene) =>
      withClient(scene, async (client) => {
        await client.query('BEGIN; LOCK TABLE library.reservations IN ACCESS EXCLUSIVE MODE');
        await delay(HELD_MS);
        await client.query('ROLLBACK');
        scene.mark();
      }),
  },
];

const END_ALL =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';

/** Opens connections until Postgres refuses one. */
async function takeAll(scene: Scene, taken: pg.Client[]): Promise<void> {
  for (;;) {
    const client = createClient(scene);
    try {
      await client.connect();
      taken.push(client);
    } catch (error) {
      if ((error as { code?: string }).code === '53300') return;
      throw error;
    }
  }
}

async function withClient(scene: Scene, action: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = createClient(scene);
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function createClient({ system }: Scene): pg.Client {
  const client = new pg.Client({ connectionString: system.environment.config.DATABASE_URL });
  // It may be a victim itself.
  client.on('error', () => undefined);
  return client;
}
