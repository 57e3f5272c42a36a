import type { Pool } from 'pg';
import { createLogger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import { createPool } from '../../infra/postgres/pool';
import { createTestDatabase, type TestDatabase } from '../../test/servers';
import { TcpProxy } from '../../test/tcp-proxy';
import { createPrisma, type PrismaClient } from './client';
import { migrate, migrations } from './migrate';

const logger = createLogger('silent');

describe('a read by Prisma', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let reads: Pool;
  let prisma: PrismaClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, migrations());
    const behind = await TcpProxy.before(database.url);
    proxy = behind.proxy;
    reads = createPool(behind.url, logger, { statementTimeout: 300 });
    prisma = createPrisma(reads, logger);
  });

  afterAll(async () => {
    await prisma.$disconnect();
    await reads.end();
    await proxy.close();
    await database.drop();
  });

  const readFails = () =>
    prisma.book.findMany().then(
      () => undefined,
      (error: unknown) => isTransient(error),
    );

  test('that takes too long is a transient error', async () => {
    const pool = createPool(database.url, logger, { max: 1 });
    await pool.query('BEGIN; LOCK TABLE library.books');
    expect(await readFails()).toBe(true);
    await pool.query('ROLLBACK');
    expect(await readFails()).toBeUndefined();
    await pool.end();
  });

  test('on a connection that is silent is a transient error, and the next one has another connection', async () => {
    expect(await readFails()).toBeUndefined();
    proxy.silence();
    expect(await readFails()).toBe(true);
    expect(await readFails()).toBeUndefined();
  });
});
