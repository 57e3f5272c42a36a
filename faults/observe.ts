import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { consumerLag } from '../consumer/projector/lag';
import type { LogRecord } from '../infra/event-log/log';
import { run } from '../infra/local/run';
import { createLogger } from '../infra/logger';
import { createPool } from '../infra/postgres/pool';
import { LIBRARY_EVENTS, OUTCOMES, type LibraryEvent } from '../schemas/generated/events';
import type { TestEnvironment } from '../test/environment';
import { decide, readEvents } from '../test/topic-events';
import type { HistoryEntry, NoticeEntry, RunHistory, StreamEvent } from './history';

/** Books whose records are not meant to be applied: rubbish, or in a wrong partition. They are no part of what is checked. */
export const STRAY = 'stray-';

/** What the topics and views hold, read from scratch. */
export type Observation = Omit<RunHistory, 'operations' | 'reads' | 'progress'>;

const POLL_MS = 250;
/** So often in a row nothing may be left to do. */
const QUIET_POLLS = 4;
/** While the policies work there is always something to do. This many records behind is keeping up with them. */
const KEEPING_UP = 500;

/**
 * Resolves with true as soon as nothing is left to do: every consumer is at the end of its topic, and all outcomes are published.
 * With false when that takes longer than the timeout, in milliseconds.
 * @param options.withoutPolicies false: pickup windows still end. Then it is enough that all keep up, and none is over for long.
 */
export async function untilSettled(
  environment: TestEnvironment,
  timeout: number,
  { withoutPolicies = false } = {},
): Promise<boolean> {
  const pool = createPool(environment.config.DATABASE_URL, createLogger('silent'), { max: 1 });
  const deadline = performance.now() + timeout;
  try {
    for (let quiet = 0; quiet < QUIET_POLLS; await delay(POLL_MS)) {
      if (performance.now() > deadline) return false;
      const settled = await isSettled(environment, pool, withoutPolicies).catch(() => false);
      quiet = settled ? quiet + (withoutPolicies ? 1 : QUIET_POLLS) : 0;
    }
    return true;
  } finally {
    await pool.end();
  }
}

async function isSettled(
  { log, topics }: TestEnvironment,
  pool: Pool,
  withoutPolicies: boolean,
): Promise<boolean> {
  const most = withoutPolicies ? 0 : KEEPING_UP;
  const lags = await consumerLag(log, pool);
  if (lags.length === 0 || lags.some(({ lag }) => lag > most)) return false;
  const outcomes = (await log.bounds(topics.outcomes)).some(({ end }) => end > 0);
  if (!outcomes || !lags.some(({ consumer }) => consumer === 'notices')) return false;
  const { rows } = await pool.query<{ outbox: number; overdue: number }>(
    `SELECT (SELECT coalesce(sum(count - done), 0) FROM library.outbox)::int AS outbox,
            (SELECT count(*) FROM library.reservations WHERE status = 'ready' AND pickup_by < now() - interval '5 s')::int AS overdue`,
  );
  const [{ outbox, overdue }] = rows as [{ outbox: number; overdue: number }];
  return outbox <= most && (withoutPolicies || overdue === 0);
}

/**
 * Reads all that a run has left behind.
 * @param build the root of the build whose command line verifies the views
 */
export async function observe(environment: TestEnvironment, build: string): Promise<Observation> {
  const { topics, config } = environment;
  const stream = await readStream(environment);
  const outcomes = await readEvents(environment, topics.outcomes, OUTCOMES);
  const pool = createPool(config.DATABASE_URL, createLogger('silent'), { max: 1 });
  try {
    return {
      stream,
      outcomes: outcomes.map(({ event }) => event),
      decided: decide(stream, config.PICKUP_WINDOW),
      history: await readHistory(pool),
      notices: await readNotices(pool),
      differences: await verifyViews(environment, build),
    };
  } finally {
    await pool.end();
  }
}

async function readStream(environment: TestEnvironment): Promise<StreamEvent[]> {
  const events = await readEvents<LibraryEvent>(
    environment,
    environment.topics.reservations,
    LIBRARY_EVENTS,
    isMeant,
  );
  return events.map(({ record, ...positioned }) => ({
    ...positioned,
    trace: record.headers['traceparent']?.toString().split('-')[1] ?? null,
    source: record.headers['ce_source']?.toString() ?? '',
  }));
}

const isMeant = ({ key }: LogRecord) => !key?.toString().startsWith(STRAY);

async function readHistory(pool: Pool): Promise<HistoryEntry[]> {
  const { rows } = await pool.query<
    Record<'eventId' | 'bookId' | 'offset', string> & { partition: number; code: string | null }
  >(`SELECT event_id AS "eventId", book_id AS "bookId", partition, "offset", code FROM library.history`);
  return rows.map(({ eventId, bookId, partition, offset, code }) => ({
    eventId,
    bookId,
    position: { partition, offset: Number(offset) },
    code,
  }));
}

async function readNotices(pool: Pool): Promise<NoticeEntry[]> {
  const { rows } = await pool.query<NoticeEntry>(
    'SELECT notice_id AS "noticeId", kind, reservation_id AS "reservationId" FROM library.notices',
  );
  return rows;
}

/** The lines that `library verify` writes of views that differ. */
async function verifyViews({ env }: TestEnvironment, build: string): Promise<string[]> {
  const { code, output } = await run(process.execPath, [join(build, 'app/cli/main.js'), 'verify'], {
    env: { PATH: process.env['PATH'], ...env },
  });
  if (code === 0) return [];
  return output.split('\n').filter((line) => line.trim() !== '' && !line.includes(': equal'));
}
