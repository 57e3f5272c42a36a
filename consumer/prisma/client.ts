import { PrismaPg } from '@prisma/adapter-pg';
import type { Logger } from '../../infra/logger';
import { PrismaClient } from './generated/client';

export type { PrismaClient } from './generated/client';
export { Prisma } from './generated/client';

/** The client of the read side. It connects on first use, and a connection that breaks never ends the process. */
export function createPrisma(databaseUrl: string, logger: Logger, maxConnections = 8): PrismaClient {
  const report = (err: Error) => logger.warn({ err }, 'a Postgres connection of the read side broke');
  const adapter = new PrismaPg(
    { connectionString: databaseUrl, max: maxConnections, connectionTimeoutMillis: 3_000 },
    { onPoolError: report, onConnectionError: report },
  );
  return new PrismaClient({ adapter });
}
