import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRunning, processWith, type ProcessId } from './identity';

export interface Lock {
  release(): void;
}

/**
 * Takes the lock for this process, or returns undefined when another living process has it. The lock of a process that
 * is gone counts for nothing.
 */
export function tryLock(file: string): Lock | undefined {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = JSON.stringify(processWith(process.pid));
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, mine);
  try {
    if (!link(partial, file)) {
      const stale = holderText(file);
      if (stale !== undefined && isRunning(parse(stale))) return undefined;
      removeStale(file, stale);
      if (!link(partial, file)) return undefined;
    }
  } finally {
    rmSync(partial, { force: true });
  }
  return {
    release: () => {
      if (holderText(file) === mine) rmSync(file, { force: true });
    },
  };
}

/** Who has the lock now. */
export function lockHolder(file: string): ProcessId | undefined {
  const holder = parse(holderText(file) ?? '');
  return isRunning(holder) ? holder : undefined;
}

/** Moved away before it is looked at: between our look and a delete, another process may have put its own lock there. */
function removeStale(file: string, stale: string | undefined): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (holderText(aside) !== stale) link(aside, file);
  rmSync(aside, { force: true });
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holderText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): ProcessId | undefined {
  try {
    return JSON.parse(text) as ProcessId;
  } catch {
    return undefined;
  }
}
