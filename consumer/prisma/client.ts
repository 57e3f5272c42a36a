import { PrismaPg } from '@prisma/adapter-pg';
import type { Logger } from '../../infra/logger';
import { createPool, type PoolOptions } from '../../infra/postgres/pool';
import { PrismaClient } from './generated/client';

export type { PrismaClient } from './generated/client';
export { Prisma } from './generated/client';

/**
 * The client of the read side, over a pool of its own, which `$disconnect` ends. It connects on first use, and a connection
 * that breaks never ends the process.
 */
export function createPrisma(databaseUrl: string, logger: Logger, options: PoolOptions = {}): PrismaClient {
  const pool = createPool(databaseUrl, logger, options);
  const adapter = new PrismaPg(pool, {
    disposeExternalPool: true,
    onConnectionError: ({ message }) =>
      logger.warn({ reason: message }, 'a Postgres connection of the read side broke'),
  });
  return new PrismaClient({ adapter });
}
