import { existsSync, readFileSync } from 'node:fs';
import { tail } from '../../infra/local/run';
import { waitUntil } from '../../infra/local/wait';
import { observe } from '../../infra/local/supervisor/client';
import { logFile } from '../../infra/local/supervisor/files';
import { print, seconds } from '../terminal/print';
import { Failure } from './failure';
import type { Folders } from '../local-system/settings';

/** Something that was started and will be ready at some time. */
export interface Waiting {
  /** "Kafka". */
  readonly title: string;
  /** The supervised processes that it consists of. */
  readonly processes: readonly string[];
  /** It ran before we came. */
  readonly wasRunning: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  isReady(): Promise<boolean>;
  afterStart?(): Promise<void>;
  /** The end of its log, where that is not a file of ours. */
  lastLines?(): Promise<string>;
}

/** A process that ends this often while it is waited for will not become well by waiting. */
const TOO_OFTEN = 2;

/**
 * Waits for all of them, and says so one by one.
 * @throws {Failure} as soon as one will not become ready, with the end of its log
 */
export async function awaitReady(
  all: readonly Waiting[],
  folders: Folders,
  signal: AbortSignal,
): Promise<void> {
  const starting = all.filter(({ wasRunning }) => !wasRunning).map(({ title }) => title);
  if (starting.length > 0) print(`Starting ${starting.join(', ')}…`);
  const oneFailed = new AbortController();
  const either = AbortSignal.any([signal, oneFailed.signal]);
  await Promise.all(
    all.map(async (waiting) => {
      try {
        await awaitOne(waiting, folders, either);
      } catch (error) {
        oneFailed.abort(error);
        throw error;
      }
    }),
  );
}

async function awaitOne(waiting: Waiting, folders: Folders, signal: AbortSignal): Promise<void> {
  const { title, timeout } = waiting;
  const begin = Date.now();
  const restartsBefore = restarts(waiting, folders);
  const condition = async () => {
    signal.throwIfAborted();
    if (await waiting.isReady()) return true;
    if (restarts(waiting, folders) - restartsBefore >= TOO_OFTEN)
      throw new Error(`${title} ends again and again`);
    return false;
  };
  try {
    await waitUntil(condition, { what: `${title} did not become ready`, timeout });
  } catch (error) {
    if (signal.aborted) throw error;
    throw await failure(waiting, folders, (error as Error).message);
  }
  await waiting.afterStart?.();
  print(waiting.wasRunning ? `  ${title} is running` : `  ${title} ready in ${seconds(Date.now() - begin)}`);
}

function restarts({ processes }: Waiting, folders: Folders): number {
  const states = observe(folders).processes.filter(({ spec }) => processes.includes(spec.name));
  return Math.max(0, ...states.map((state) => state.restarts));
}

async function failure(waiting: Waiting, folders: Folders, sentence: string): Promise<Failure> {
  const [name] = waiting.processes;
  if (name !== undefined) {
    const file = logFile(folders, name);
    return new Failure(`${sentence}.`, {
      file,
      lines: existsSync(file) ? tail(readFileSync(file, 'utf8'), 15) : '',
    });
  }
  const lines = await waiting.lastLines?.();
  return lines === undefined
    ? new Failure(`${sentence}: is it running, and is its address right?`)
    : new Failure(`${sentence}.`, { file: 'docker compose logs', lines });
}
