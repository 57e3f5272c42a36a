import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { peakMemoryOf } from './child';

/** The root of the build: `dist`. */
const BUILD = join(__dirname, '..');
const POLL_MS = 50;

/** The figures of a process that ran to its end. */
export interface Run {
  /** Events per second, from the start of the process to its end. */
  readonly rate: number;
  /** The peak memory of the process, in MB. */
  readonly memory: number;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The number of events that it processes. */
  readonly total: number;
}

/**
 * Runs a program of the build to its end.
 * @throws {Error} with its last output on stderr, when the exit code is not 0
 */
export async function runToEnd(
  script: string,
  args: readonly string[],
  { env, total }: RunOptions,
): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(BUILD, script), ...args], {
    env: { PATH: process.env['PATH'], ...env, HTTP_PORT: undefined },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2_000)));
  let memory = 0;
  const timer = setInterval(() => (memory = Math.max(memory, peakMemoryOf(child.pid!))), POLL_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${script} ended with code ${code}: ${stderr}`);
  return { rate: (1_000 * total) / (performance.now() - started), memory };
}

/** Runs a command of the command line, as `npm run -s library --` does. */
export function runLibrary(args: readonly string[], options: RunOptions): Promise<Run> {
  return runToEnd('app/cli/main.js', args, options);
}
