import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRunning, processWith, type ProcessId } from './identity';

export interface Lock {
  release(): void;
}

/**
 * Acquires the lock for this process, or returns undefined when another running process holds it. A lock whose process has
 * ended is free.
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

/** The running process that holds the lock; undefined when it is free. */
export function lockHolder(file: string): ProcessId | undefined {
  const holder = parse(holderText(file) ?? '');
  return isRunning(holder) ? holder : undefined;
}

/**
 * Moves the stale lock away, checks it, and only then deletes it: if it were deleted in place, another process could have put
 * its own lock there between the check and the deletion.
 */
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
