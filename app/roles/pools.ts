import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { createViewPool } from '../../consumer/projector/view-pool';
import type { Logger } from '../../infra/logger';
import { createPool, type PoolOptions } from '../../infra/postgres/pool';
import type { Config } from '../config';

/**
 * How many Postgres connections the purposes of a process may have. Each has its own: however slow one is, it holds up no
 * other. They are opened when they are needed, and closed when they are idle. docs/operations.md has the sums.
 */
export const CONNECTIONS = {
  /** `/readyz` and the figures that are counted in the database. */
  health: 2,
  /** The API's reads of the availability view. */
  reads: 8,
  /** The API's reads of demand, of the consumers and of dead letters, which go over many books. */
  demandReads: 4,
  /** What the API asks quickly and often: where the views stand, for `?after=` and `Prefer: wait`, and the limit of reservations. */
  progress: 3,
  policies: 2,
  /** Holds the lock of the one instance of the policies that decides. */
  leadership: 1,
  /** A projector's partitions at a time. The companion of a view has its own beside them. */
  projector: 3,
  /** The companion of availability: one transaction at a time. */
  relay: 1,
  /** The companion of notices: it claims and stores results at the same time. */
  dispatcher: 2,
} as const;

/** The pools of one process, by purpose. A purpose that is asked for again, by a role that was restarted, keeps its pool. */
export class Pools {
  private readonly open = new Map<string, Pool>();

  constructor(
    private readonly config: Pick<Config, 'DATABASE_URL' | 'STATEMENT_TIMEOUT'>,
    private readonly logger: Logger,
  ) {}

  /** For reads. */
  of(purpose: 'health' | 'reads' | 'demandReads' | 'progress' | 'policies'): Pool {
    return this.once(
      purpose,
      (options) => createPool(this.config.DATABASE_URL, this.logger, options),
      CONNECTIONS[purpose],
    );
  }

  /**
   * For what is projected into a view. Commits do not wait for the disk: rows and checkpoint change together, so a crash loses
   * both or none.
   * @param companion how many connections the view's companion needs
   */
  ofView(view: string, companion: number): Pool {
    return this.once(
      `view ${view}`,
      (options) => createViewPool(this.config.DATABASE_URL, this.logger, options),
      CONNECTIONS.projector + companion,
    );
  }

  /** The pools that are open, by purpose. */
  entries(): Iterable<readonly [purpose: string, pool: Pool]> {
    return this.open;
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((pool) => pool.end()));
  }

  private once(purpose: string, create: (options: PoolOptions) => Pool, max: number): Pool {
    const pool = this.open.get(purpose) ?? create({ max, statementTimeout: this.config.STATEMENT_TIMEOUT });
    this.open.set(purpose, pool);
    return pool;
  }
}

/** Gauges of the connections of each pool, and of who waits for one, looked at whenever the metrics are collected. */
export function registerPoolGauges(registry: Registry, pools: Pick<Pools, 'entries'>): void {
  const registers = [registry];
  new Gauge({
    name: 'library_postgres_connections',
    help: 'Connections to Postgres, by pool and state: busy, idle',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, { totalCount, idleCount }] of pools.entries()) {
        this.set({ pool, state: 'busy' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
      }
    },
  });
  new Gauge({
    name: 'library_postgres_connections_limit',
    help: 'How many connections a pool may open',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, { options }] of pools.entries()) this.set({ pool }, options.max);
    },
  });
  new Gauge({
    name: 'library_postgres_waiting',
    help: 'Statements that wait for a connection of their pool',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, { waitingCount }] of pools.entries()) this.set({ pool }, waitingCount);
    },
  });
}
