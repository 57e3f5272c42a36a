import pg from 'pg';
import { withDeadline } from '../deadline';
import type { Logger } from '../logger';
import { Poller } from '../poller';

/** What an instance does for as long as it leads. */
export interface Term {
  /** Finishes what is in progress. */
  close(): Promise<void>;
}

/** The two keys of an advisory lock. Whoever holds it leads. */
export type LeaderLock = readonly [number, number];

export interface LeadershipOptions {
  readonly databaseUrl: string;
  readonly lock: LeaderLock;
  /** Names this instance in `leaderOf`. */
  readonly name: string;
  /** Begins a term. When it fails, the leadership is given up, and sought again after a pause. */
  lead(): Promise<Term>;
  readonly logger: Logger;
}

/** How often the leadership is sought, or confirmed. */
const INTERVAL_MS = 1_000;
/** A connection whose answer takes longer is given up. */
const ANSWER_MS = 5_000;
/**
 * Postgres ends a connection that is silent for so long. Of an instance that froze or cannot be reached any more it would
 * otherwise keep the lock for as long as the network lets it.
 */
const SILENCE = '10s';
/** Postgres keeps no more of a name. */
const LONGEST_NAME = 63;

/**
 * One instance at a time leads: the one whose connection holds an advisory lock. A connection that is lost is a leadership
 * that is lost, and another instance takes over within seconds.
 *
 * An instance that froze may go on for a moment before it notices that another one leads. What a leader does must not rely
 * on being the only one to do it.
 */
export class Leadership {
  private readonly poller: Poller;
  private client: pg.Client | undefined;
  private term: Term | undefined;
  private lost: Error | undefined;

  constructor(private readonly options: LeadershipOptions) {
    const { logger, name } = options;
    this.poller = new Poller({
      work: () => this.round(),
      interval: INTERVAL_MS,
      onError: (error) =>
        logger.warn({ err: error, name }, 'the leadership cannot be sought at the moment; trying again'),
    });
  }

  start(): void {
    this.poller.start();
  }

  /** Whether this instance leads, as far as it knows. */
  get leads(): boolean {
    return this.term !== undefined;
  }

  /** Finishes the term, and gives the lock up: another instance takes over. */
  async close(): Promise<void> {
    await this.poller.close();
    await this.stepDown();
  }

  private async round(): Promise<boolean> {
    try {
      const client = this.client ?? (await this.connect());
      if (this.lost) throw this.lost;
      if (this.term) await withDeadline(ANSWER_MS, () => client.query('SELECT 1'));
      else if (await this.takes(client)) await this.begin();
    } catch (error) {
      await this.stepDown();
      throw error;
    }
    return false;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.options.databaseUrl,
      application_name: this.options.name.slice(0, LONGEST_NAME),
      connectionTimeoutMillis: ANSWER_MS,
      keepAlive: true,
    });
    this.client = client;
    this.lost = undefined;
    const lose = (error: Error) => {
      if (client !== this.client) return;
      this.lost ??= error;
      this.poller.wake();
    };
    client.on('error', lose);
    client.on('end', () => lose(new Error('the connection that holds the leadership has ended')));
    await client.connect();
    await client.query(`SET idle_session_timeout = '${SILENCE}'`);
    return client;
  }

  private async takes(client: pg.Client): Promise<boolean> {
    const { rows } = await withDeadline(ANSWER_MS, () =>
      client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1::int, $2::int) AS held', [
        ...this.options.lock,
      ]),
    );
    return rows[0]!.held;
  }

  private async begin(): Promise<void> {
    const { name, lead, logger } = this.options;
    this.term = await lead();
    logger.info({ name }, 'this instance leads');
  }

  private async stepDown(): Promise<void> {
    const { client, term } = this;
    this.client = undefined;
    this.term = undefined;
    await term?.close();
    // A server that cannot be reached does not answer the farewell either; it ends the connection by itself.
    if (client) await withDeadline(ANSWER_MS, () => client.end()).catch(() => undefined);
    if (term) this.options.logger.info({ name: this.options.name }, 'this instance leads no longer');
  }
}

/** The name of the instance that leads; undefined while none does. */
export async function leaderOf(pool: pg.Pool, [first, second]: LeaderLock): Promise<string | undefined> {
  const { rows } = await pool.query<{ name: string }>({
    name: 'leader',
    text: `SELECT coalesce(a.application_name, 'process ' || l.pid) AS name
             FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::int::oid AND l.objid = $2::int::oid AND l.objsubid = 2
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    values: [first, second],
  });
  return rows[0]?.name;
}
