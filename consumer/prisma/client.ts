import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import type { Logger } from '../../infra/logger';
import { PrismaClient } from './generated/client';

export type { PrismaClient } from './generated/client';

/** The client of the read side, over a pool that others use as well. A connection that breaks never ends the process. */
export function createPrisma(pool: Pool, logger: Logger): PrismaClient {
  const adapter = new PrismaPg(pool, {
    onConnectionError: ({ message }) =>
      logger.warn({ reason: message }, 'a Postgres connection of the read side broke'),
  });
  return new PrismaClient({ adapter });
}
