import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { formatPosition, type Position } from '../../infra/event-log/log';
import { projectRoot } from '../../infra/local/run';
import { headersOf } from '../../schemas/codec/cloudevents';
import { LIBRARY_EVENT_TYPES, LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import type { RecordSchema } from '../../schemas/event-set';
import { sampleOf } from '../samples';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { python, runPython } from './python';

type Row = Readonly<Record<string, unknown>>;

interface Read {
  readonly types: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** The fields that some kind of event has. */
const FIELDS = new Set(
  Object.values<RecordSchema>(LIBRARY_EVENTS.schemas).flatMap(({ fields }) => fields.map(({ name }) => name)),
);

describe('an export to Parquet', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'parquet-'));
  const events = LIBRARY_EVENT_TYPES.flatMap((type) => [sampleOf(type, 'full'), sampleOf(type, 'bare')]);
  let environment: TestEnvironment;
  let expected: Row[];
  let duckdb: Read;
  let pandas: Read;

  beforeAll(async () => {
    await python();
    environment = await createTestEnvironment();
    const positions = await environment.append(events);
    expected = events.map((event, i) => rowOf(event, positions[i]!));
    const file = path.join(folder, 'events.parquet');
    await exportTo(file);
    const [line] = await runPython([path.join(__dirname, 'parquet.py'), file]);
    ({ duckdb, pandas } = JSON.parse(line!) as { duckdb: Read; pandas: Read });
  }, 240_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await environment.close();
  });

  function exportTo(file: string): Promise<unknown> {
    const command = path.join(projectRoot(), 'dist/app/cli/main.js');
    const args = [command, 'events', '--format', 'parquet', '--output', file];
    const { HTTP_PORT: _, ...env } = environment.env;
    return promisify(execFile)(process.execPath, args, { env: { PATH: process.env['PATH'], ...env } });
  }

  /** The timestamp is set by the broker, and so not known here. */
  const withoutTimestamp = ({ rows }: Read) => rows.map(({ timestamp: _, ...row }) => row);

  test('is read by DuckDB with every value in a column of its type', () => {
    expect(duckdb.types).toMatchObject({
      position: 'VARCHAR',
      partition: 'INTEGER',
      offset: 'BIGINT',
      timestamp: 'TIMESTAMP WITH TIME ZONE',
      type: 'VARCHAR',
      eventId: 'VARCHAR',
      occurredAt: 'TIMESTAMP WITH TIME ZONE',
      authors: 'VARCHAR[]',
      year: 'INTEGER',
      headers: 'MAP(VARCHAR, VARCHAR)',
    });
    expect(withoutTimestamp(duckdb)).toEqual(expected);
  });

  test('is read by pandas with every value in a column of its type', () => {
    expect(pandas.types).toMatchObject({
      position: 'string',
      partition: 'Int32',
      offset: 'Int64',
      timestamp: 'datetime64[ms, UTC]',
      type: 'string',
      eventId: 'string',
      occurredAt: 'datetime64[ms, UTC]',
      authors: 'object',
      year: 'Int32',
      headers: 'object',
    });
    expect(withoutTimestamp(pandas)).toEqual(expected);
  });

  test('answers what the page on other clients asks it', async () => {
    const page = readFileSync(path.join(projectRoot(), 'docs/other-clients.md'), 'utf8');
    const program = /```python\n(import duckdb.*?)```/s.exec(page)![1]!;
    const lines = (await runPython(['-c', program], { cwd: folder })).join('\n');
    const { bookId } = events.find(({ type }) => type === 'BookReserved')!;
    expect(lines).toMatch(new RegExp(`│ ${bookId} +│ +2 │`));
    expect(lines).toMatch(/BookReserved +2026-02-28 +2/);
  });

  test('holds the time at which the log appended each record', () => {
    for (const { rows } of [duckdb, pandas])
      for (const { timestamp } of rows)
        expect(Math.abs(Date.now() - Date.parse(String(timestamp)))).toBeLessThan(300_000);
  });
});

/** Its times as texts. */
function timesOf(event: LibraryEvent): Record<string, string> {
  const times = Object.entries(event).filter(([name, value]) => TIMES.has(name) && value !== null);
  return Object.fromEntries(times.map(([name, time]) => [name, new Date(Number(time)).toISOString()]));
}

const TIMES = new Set(['occurredAt', 'pickupBy', 'readySince']);

/** The row of an event: its own fields, null in the columns of others. */
function rowOf(event: LibraryEvent, { partition, offset }: Position): Row {
  const nothing = Object.fromEntries([...FIELDS].map((name) => [name, null]));
  return {
    ...nothing,
    ...event,
    ...timesOf(event),
    position: formatPosition({ partition, offset }),
    partition,
    offset,
    headers: headersOf(event, { source: '/test' }),
    authType: null,
    authId: null,
  };
}
