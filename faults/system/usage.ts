import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { KeptRole } from './kept-role';

/** What a process holds. */
export interface Usage {
  /** Resident memory, in MB. */
  readonly memory: number;
  /** Open files and connections. */
  readonly handles: number;
}

/** Undefined for a process that has ended, and where there is no /proc. */
export function usageOf({ pid }: KeptRole): Usage | undefined {
  const folder = `/proc/${pid}`;
  try {
    if (pid === undefined || !existsSync(folder)) return undefined;
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`${folder}/status`, 'utf8')) ?? [];
    return { memory: Number(kilobytes) / 1_024, handles: readdirSync(`${folder}/fd`).length };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}
