import { existsSync, readFileSync } from 'node:fs';
import { tail } from '../../infra/local/run';
import { waitUntil } from '../../infra/local/wait';
import { observe } from '../../infra/local/supervisor/client';
import { logFile } from '../../infra/local/supervisor/files';
import { print, seconds } from '../terminal/print';
import { Failure } from './failure';
import type { Folders } from '../local-system/settings';

/** A server or a role that was started and is not known to be ready. */
export interface Pending {
  /** "Kafka". */
  readonly title: string;
  /** Its supervised processes; empty for containers and external servers. */
  readonly processes: readonly string[];
  /** Whether it already ran before this command. */
  readonly wasRunning: boolean;
  /** In milliseconds. */
  readonly timeout: number;
  isReady(): Promise<boolean>;
  afterStart?(): Promise<void>;
  /** How often it was started again, where that is not for the supervisor to know. */
  restarts?(): Promise<number>;
  /** The last lines of its log, where that is not a file. */
  lastLines?(): Promise<string>;
}

/** A process that is restarted this often while it is awaited will not become ready. */
const MAX_RESTARTS = 2;

/** How often they are counted while it is awaited, in milliseconds: Docker takes a process for each answer. */
const COUNT_EVERY = 1_000;

/**
 * Waits until all are ready, and prints a line for each.
 * @throws {Failure} as soon as one fails to become ready, with the last lines of its log
 */
export async function awaitReady(
  all: readonly Pending[],
  folders: Folders,
  signal: AbortSignal,
): Promise<void> {
  const starting = all.filter(({ wasRunning }) => !wasRunning).map(({ title }) => title);
  if (starting.length > 0) print(`Starting ${starting.join(', ')}…`);
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  await Promise.all(
    all.map(async (pending) => {
      try {
        await awaitOne(pending, folders, ended);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
}

async function awaitOne(pending: Pending, folders: Folders, signal: AbortSignal): Promise<void> {
  const { title, timeout } = pending;
  const begin = Date.now();
  const restartsBefore = await restarts(pending, folders);
  let counted = begin;
  const condition = async () => {
    signal.throwIfAborted();
    if (await pending.isReady()) return true;
    if (Date.now() - counted < COUNT_EVERY) return false;
    counted = Date.now();
    if ((await restarts(pending, folders)) - restartsBefore >= MAX_RESTARTS)
      throw new Error(`${title} ends again and again`);
    return false;
  };
  try {
    await waitUntil(condition, { what: `${title} did not become ready`, timeout });
  } catch (error) {
    if (signal.aborted) throw error;
    throw await failure(pending, folders, (error as Error).message);
  }
  await pending.afterStart?.();
  print(pending.wasRunning ? `  ${title} is running` : `  ${title} ready in ${seconds(Date.now() - begin)}`);
}

async function restarts(pending: Pending, folders: Folders): Promise<number> {
  if (pending.restarts) return pending.restarts();
  const { processes } = pending;
  const states = observe(folders).processes.filter(({ spec }) => processes.includes(spec.name));
  return Math.max(0, ...states.map((state) => state.restarts));
}

async function failure(pending: Pending, folders: Folders, sentence: string): Promise<Failure> {
  const [name] = pending.processes;
  if (name !== undefined) {
    const file = logFile(folders, name);
    return new Failure(`${sentence}.`, {
      file,
      lines: existsSync(file) ? tail(readFileSync(file, 'utf8'), 15) : '',
    });
  }
  const lines = await pending.lastLines?.();
  return lines === undefined
    ? new Failure(`${sentence}: is it running, and is its address right?`)
    : new Failure(`${sentence}.`, { file: 'docker compose logs', lines });
}
