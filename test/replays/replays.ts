import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { createPool } from '../../infra/postgres/pool';
import type { LibraryEvent } from '../../schemas/generated/events';
import { consumerLag } from '../../consumer/projector/lag';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import type { CliResult } from '../cli';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, event, type TestEnvironment } from '../environment';
import { caughtUp } from '../faults/replay';

export const BOOKS = 40;

/** Books with two copies each, and readers who want them; some change their minds. Without end. */
export function* story(): Generator<LibraryEvent> {
  for (let n = 0; n < BOOKS; n += 1) {
    const bookId = `book-${n}`;
    yield event('BookCatalogued', { bookId, title: `T${n}`, authors: ['A'], isbn: null, year: 1851 });
    for (const copyId of ['c1', 'c2']) yield event('CopyAdded', { bookId, copyId });
  }
  for (let n = 0; ; n += 1) {
    const bookId = `book-${n % BOOKS}`;
    const [userId, reservationId] = [`u${n}`, uuidv7()];
    yield event('BookReserved', { bookId, userId, reservationId });
    if (n % 3 === 0) yield event('ReservationCancelled', { bookId, reservationId, userId, reason: null });
    if (n % 7 === 0) yield event('CopyBorrowed', { bookId, copyId: 'c1', userId });
    if (n % 11 === 0) yield event('CopyReturned', { bookId, copyId: 'c1' });
  }
}

/** The next events of a story. */
export function take(events: Iterator<LibraryEvent>, count: number): LibraryEvent[] {
  return Array.from({ length: count }, () => events.next().value as LibraryEvent);
}

/** The IDs of all outcomes on the topic, in the order of each partition. */
export async function outcomeIds({ log, topics }: TestEnvironment): Promise<string[]> {
  const ids: string[] = [];
  for await (const { records } of log.read(topics.outcomes, { ranges: await log.bounds(topics.outcomes) }))
    ids.push(...records.map(({ headers }) => String(headers['ce_id'])));
  return ids;
}

/** Reads the views repeatedly until the signal is aborted; resolves with what was wrong. */
export async function reading({ config }: TestEnvironment, signal: AbortSignal): Promise<string[]> {
  const wrong: string[] = [];
  const reader = createPool(config.DATABASE_URL, createLogger('silent'), { max: 1 });
  let last = 0;
  while (!signal.aborted) {
    try {
      const { rows } = await reader.query<{ events: string; books: number }>({
        name: 'read',
        text: `SELECT (SELECT count(*) FROM library.history) AS events, (SELECT count(*)::int FROM library.books) AS books`,
      });
      if (Number(rows[0]!.events) < last) wrong.push(`back from ${last} to ${rows[0]!.events}`);
      if (rows[0]!.books < BOOKS) wrong.push(`only ${rows[0]!.books} books`);
      last = Number(rows[0]!.events);
    } catch (error) {
      wrong.push((error as Error).message);
    }
    await delay(1);
  }
  await reader.end();
  return wrong;
}

/** A transaction that stays open, with the locks that its statement took. */
export class LockHolder {
  private ended = false;

  private constructor(
    private readonly client: Client,
    readonly pid: number,
  ) {}

  static async begin(
    { environment, holders }: ReplayEnvironment,
    name: string,
    statement: string,
  ): Promise<LockHolder> {
    const client = new Client({
      connectionString: environment.config.DATABASE_URL,
      application_name: name,
    });
    await client.connect();
    await client.query('BEGIN');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await client.query(statement);
    const holder = new LockHolder(client, rows[0]!.pid);
    holders.push(holder);
    return holder;
  }

  /** Ends the transaction, if it has not ended. */
  async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.client.query('COMMIT');
    await this.client.end();
  }
}

/** Waits for a command of the command line, which must succeed. */
export async function succeeds(command: Promise<CliResult>): Promise<CliResult> {
  const result = await command;
  if (result.code !== 0) throw new Error(`it ended with ${result.code}: ${result.stderr}${result.stdout}`);
  return result;
}

/** An environment of one test, with role processes of its own. */
export class ReplayEnvironment {
  private roles: RoleProcess[] = [];
  /** Transactions that are ended at the latest with the test. */
  readonly holders: LockHolder[] = [];

  private constructor(
    readonly environment: TestEnvironment,
    readonly pool: Pool,
  ) {}

  static async create(): Promise<ReplayEnvironment> {
    const environment = await createTestEnvironment();
    return new ReplayEnvironment(
      environment,
      createPool(environment.config.DATABASE_URL, createLogger('silent')),
    );
  }

  /** Starts each role in a process of its own. */
  start(...names: string[]): Promise<void> {
    return this.startWith({}, ...names);
  }

  /** The same with other settings. */
  async startWith(settings: Readonly<Record<string, string>>, ...names: string[]): Promise<void> {
    const env = { ...this.environment.env, ...settings };
    this.roles.push(...(await Promise.all(names.map((name) => RoleProcess.start([name], env)))));
  }

  async stopRoles(): Promise<void> {
    await Promise.all(this.roles.map((role) => role.stop()));
    this.roles = [];
  }

  async killRoles(): Promise<void> {
    await Promise.all(this.roles.map((role) => role.kill()));
    this.roles = [];
  }

  /** Resolves when all consumers have projected, and published, all that is on the topics. */
  async caughtUp(): Promise<void> {
    await caughtUp(this.environment, this.pool);
    await waitUntil(
      async () => {
        const { rows } = await this.pool.query<{ outbox: number }>(
          'SELECT count(*)::int AS outbox FROM library.outbox',
        );
        const lags = await consumerLag(this.environment.log, this.pool);
        return rows[0]!.outbox === 0 && lags.every(({ lag }) => lag === 0);
      },
      { what: 'the consumers did not catch up', timeout: 30_000 },
    );
  }

  /** Resolves when the demand view has projected all that is on the topic. */
  async demandCaughtUp(): Promise<void> {
    const watcher = new ProgressWatcher(this.pool, 'demand', this.environment.topics.reservations);
    for (const { partition, end } of await this.environment.log.bounds(this.environment.topics.reservations))
      if (end > 0) expect(await watcher.reaches({ partition, offset: end - 1 }, 60_000)).toBe(true);
  }

  /** The schemas of rebuilds that are there at present. */
  async rebuildSchemas(): Promise<string[]> {
    const { rows } = await this.pool.query<{ nspname: string }>(
      `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'library_rebuild%' ORDER BY 1`,
    );
    return rows.map(({ nspname }) => nspname);
  }

  async close(): Promise<void> {
    await Promise.all(this.holders.map((holder) => holder.end()));
    await this.stopRoles();
    await this.pool.end();
    await this.environment.close();
  }
}
