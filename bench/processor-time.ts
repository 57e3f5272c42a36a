import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

interface ProcessTimes {
  readonly name: string;
  readonly parent: number;
  /** User and system time, in microseconds. */
  readonly own: number;
  /** Those of its children that have ended. */
  readonly ofChildren: number;
}

/** @returns undefined where there is no such process, or no /proc */
function timesOf(pid: number | string): ProcessTimes | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold any character. What follows is counted from the state, the third field, on; times are in 1/100 s.
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const microseconds = (...at: number[]) =>
      at.reduce((sum, each) => sum + Number(fields[each]) * 10_000, 0);
    return {
      name: text.slice(text.indexOf('(') + 1, end),
      parent: Number(fields[1]),
      own: microseconds(11, 12),
      ofChildren: microseconds(13, 14),
    };
  } catch {
    return undefined;
  }
}

/** The processor time of a process so far, in microseconds; NaN where there is no /proc. */
export function processorTimeOf(pid: number): number {
  return timesOf(pid)?.own ?? NaN;
}

/**
 * The processor time of all of Postgres' processes so far, also of those that have ended, in microseconds; NaN where it does not run
 * natively on this machine.
 */
export async function postgresTime(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const backend = timesOf(rows[0]!.pid);
  const postmaster = backend && timesOf(backend.parent);
  if (!existsSync('/proc') || postmaster?.name !== 'postgres') return NaN;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => timesOf(pid) ?? [])
    .filter(({ parent }) => parent === backend!.parent);
  return children.reduce((sum, { own }) => sum + own, postmaster.own + postmaster.ofChildren);
}
