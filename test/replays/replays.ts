import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { createPool } from '../../infra/postgres/pool';
import type { LibraryEvent } from '../../schemas/generated/events';
import { library } from '../cli';
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

/** An environment of one test, with role processes of its own. */
export class ReplayEnvironment {
  private roles: RoleProcess[] = [];

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
        const { stdout } = await library(this.environment.env, 'lag', '--json');
        const lags = JSON.parse(stdout) as { lag: number }[];
        return rows[0]!.outbox === 0 && lags.every(({ lag }) => lag === 0);
      },
      { what: 'the consumers did not catch up', timeout: 30_000 },
    );
  }

  async close(): Promise<void> {
    await this.stopRoles();
    await this.pool.end();
    await this.environment.close();
  }
}
