import type { Pool } from 'pg';
import type { Logger } from '../../infra/logger';
import { createPool, type PoolOptions } from '../../infra/postgres/pool';

/** The schema of the live views. */
export const LIVE = 'library';

/**
 * A pool for the projections of the views in one schema. Statements of projections and checkpoints name tables without a
 * schema; this pool's `search_path` chooses it. Commits do not wait for the disk: what a crash of Postgres takes back, with
 * the checkpoint, is only projected once more.
 * @param schema default: that of the live views
 */
export function createViewPool(
  databaseUrl: string,
  logger: Logger,
  { schema = LIVE, ...options }: PoolOptions & { readonly schema?: string } = {},
): Pool {
  const settings = { synchronous_commit: 'off', search_path: schema, ...options.settings };
  return createPool(databaseUrl, logger, { ...options, settings });
}
