import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLibrary, type Run } from '../run-to-end';
import { repeated } from '../events';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { openBenchEnvironment, type Servers } from '../servers';

/** The number of different events; they repeat after that. */
const DIFFERENT = 100_000;
/** How many are appended before the query that has something to add. */
const MORE = 10_000;
const QUERY = 'SELECT type, count(*), count(DISTINCT "bookId") FROM events GROUP BY ALL';

/** `library sql`: the first query over the stream, which fills the cache, and those after it. */
export async function measureSql(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const total = settings.exported;
  const LOCAL_DIR = mkdtempSync(join(tmpdir(), 'library-sql-'));
  const query = (...args: readonly string[]) =>
    runLibrary(['sql', ...args, QUERY], { env: { ...environment.env, LOCAL_DIR }, total });
  try {
    for await (const events of repeated(total, DIFFERENT)) await environment.append(events);
    const first: Run[] = [];
    const next: Run[] = [];
    const grown: Run[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      first.push(await query('--anew'));
      next.push(await query());
      for await (const events of repeated(MORE, DIFFERENT)) await environment.append(events);
      grown.push(await query());
    }
    return describe({ first, next, grown }, total);
  } finally {
    rmSync(LOCAL_DIR, { recursive: true, force: true });
    await environment.close();
  }
}

function describe(
  { first, next, grown }: Readonly<Record<'first' | 'next' | 'grown', readonly Run[]>>,
  total: number,
): PartResult {
  const seconds = (runs: readonly Run[]) => runs.map(({ rate }) => total / rate);
  return {
    title: `SQL over ${total.toLocaleString('en')} events`,
    measures: [
      { name: 'the first query', unit: 's', values: seconds(first), limit: { atMost: 15 } },
      { name: 'the next one', unit: 's', values: seconds(next), limit: { atMost: 0.5 } },
      { name: `after ${MORE.toLocaleString('en')} more events`, unit: 's', values: seconds(grown) },
      { name: 'memory of library sql, peak', unit: 'MB', values: first.map(({ memory }) => memory) },
    ],
    notes: ['From the start of each process to its end.'],
  };
}
