import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from '../terminal/print';
import { foldersOf, readSettings, type Folders } from '../local-system/settings';
import { readSystem } from '../local-system/system';
import { Compose } from '../../infra/local/compose';
import { tail } from '../../infra/local/run';

const POLL_MS = 300;

/** Follows all logs until `signal` is aborted: prints the last lines of each, then new ones, with the log's name in front. */
export async function logs(signal: AbortSignal, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const folders = foldersOf(readSettings(env));
  followContainers(folders, signal);
  const followed = new Map<string, Follower>();
  const width = () => Math.max(...[...followed.keys()].map((name) => name.length));
  for (let first = true; !signal.aborted; first = false) {
    for (const name of logNames(folders.logs)) {
      if (!followed.has(name))
        followed.set(name, new Follower(path.join(folders.logs, `${name}.log`), first));
    }
    if (first && followed.size === 0) print(`No logs yet in ${folders.logs}.`);
    for (const [name, follower] of followed) {
      for (const line of follower.newLines()) print(`${name.padEnd(width())} | ${line}`);
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

function followContainers(folders: Folders, signal: AbortSignal): void {
  const system = readSystem(folders);
  if (system?.mode.backbone !== 'compose') return;
  spawn('docker', new Compose(system.project).followArgs, {
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  }).on('error', () => {});
}

function logNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.log'))
      .map((file) => file.slice(0, -'.log'.length));
  } catch {
    return [];
  }
}

/** Reads a file as it grows. */
class Follower {
  private offset = 0;
  private rest = '';

  /** @param lastLinesOnly of the present content, only the last lines */
  constructor(
    private readonly file: string,
    lastLinesOnly: boolean,
  ) {
    if (!lastLinesOnly) return;
    const text = readFileSync(file, 'utf8');
    this.offset = Buffer.byteLength(text);
    this.rest = `${tail(text, 10)}\n`;
  }

  /** The complete lines since the last call. A file that has become shorter was replaced, and is read from its beginning. */
  newLines(): string[] {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size < this.offset) this.offset = 0;
    const lines = (this.rest + this.read(size - this.offset)).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  }

  private read(length: number): string {
    if (length <= 0) return '';
    const buffer = Buffer.alloc(length);
    const descriptor = openSync(this.file, 'r');
    const count = readSync(descriptor, buffer, 0, length, this.offset);
    closeSync(descriptor);
    this.offset += count;
    return buffer.toString('utf8', 0, count);
  }
}
