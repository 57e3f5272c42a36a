import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithUs } from '../../test/watchdog';
import type { Operation } from '../history';
import { clockOrigin, shifted } from './shared-clock';
import type { Surge, SurgeResult } from './surge';

/** Sends what the surge says, from a process of its own. @throws {Error} when that process ends before it is done */
export async function surge(order: Surge): Promise<readonly Operation[]> {
  const child = fork(join(__dirname, 'surge.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  endWithUs(child);
  const over = new AbortController();
  const answer = once(child, 'message', { signal: over.signal }) as Promise<[SurgeResult]>;
  const exit = once(child, 'exit', { signal: over.signal }).then(([code]) => {
    throw new Error(`the load generator ended with code ${String(code)}`);
  });
  for (const end of [answer, exit]) end.catch(() => undefined);
  child.send(order);
  const [{ operations }] = await Promise.race([answer, exit]);
  over.abort();
  const origin = clockOrigin();
  return operations.map((operation) => shifted(operation, -origin));
}
