import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Identifies one process for ever: the system reuses a pid, but not together with the start time. */
export interface ProcessId {
  readonly pid: number;
  /** The start time, in a format of the system. Only compared, never parsed. */
  readonly started: string;
}

/** The running process with this pid; undefined where there is none. A zombie does not count as running. */
export function processWith(pid: number): ProcessId | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether this process still runs, and not another one with its pid. */
export function isRunning(id: ProcessId | undefined | null): boolean {
  return id != null && processWith(id.pid)?.started === id.started;
}

function startedOnLinux(pid: number): string | undefined {
  try {
    return startedFromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), bootId());
  } catch {
    return undefined;
  }
}

/**
 * The start time in a line of /proc/<pid>/stat, with the boot's ID, as it counts from the boot. undefined for a zombie. The
 * second field is the program's name in parentheses, and may itself hold any character, parentheses too.
 */
export function startedFromStat(stat: string, boot: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot}/${fields[19]}`;
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function startedByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
  } catch {
    return undefined;
  }
}
