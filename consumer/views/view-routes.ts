import type { Pool } from 'pg';
import type { Route } from '../../infra/http/route';
import type { PrismaClient } from '../prisma/client';
import type { Watcher } from './read-gate';

/** What the routes of a view read from. */
export interface RouteSources {
  /** For reads that go over many books. */
  readonly pool: Pool;
  /** For reads of a book, a user or a page. Prisma reads over it as well. */
  readonly reads: Pool;
  readonly prisma: PrismaClient;
  /** How many partitions the stream has. */
  readonly partitions: number;
  /** The watcher of a view, by its name. */
  watcherOf(view: string): Watcher;
}

/** Makes the read operations of a view. */
export type ViewRoutes = (sources: RouteSources) => Route[];
