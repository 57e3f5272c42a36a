import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What names one process for ever: a pid alone is given to another process some day. */
export interface ProcessId {
  readonly pid: number;
  /** When it was started, in the system's own terms; compared, never read. */
  readonly started: string;
}

/** The running process with this pid, or undefined. One that has ended but was not yet fetched by its parent has ended. */
export function processWith(pid: number): ProcessId | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether this very process still runs. */
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
 * The start time in a line of /proc/<pid>/stat, which counts from the boot and so needs the boot's ID beside it.
 * undefined for a zombie. The second field is the program's name, which may hold anything, even parentheses.
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
