import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { peakMemoryOf } from './child';

/** The root of the build: `dist`. */
const BUILD = join(__dirname, '..');
const LOOK_EVERY_MS = 50;

/** What a process did that ends by itself. */
export interface Run {
  /** Events a second, from the start of the process to its end. */
  readonly rate: number;
  /** The most memory that the process ever held, in MB. */
  readonly memory: number;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** How many events it takes. */
  readonly total: number;
}

/**
 * Runs a program of the build to its end, and watches it.
 * @throws {Error} with what it said, when the process does not end with 0
 */
export async function runToEnd(
  script: string,
  args: readonly string[],
  { env, total }: RunOptions,
): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(BUILD, script), ...args], {
    env: { PATH: process.env['PATH'], ...env, HTTP_PORT: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  let memory = 0;
  const looking = setInterval(() => (memory = Math.max(memory, peakMemoryOf(child.pid!))), LOOK_EVERY_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looking);
  if (code !== 0) throw new Error(`${script} ended with code ${code}: ${said}`);
  return { rate: (1_000 * total) / (performance.now() - started), memory };
}

/** Runs a command of the command line, as `npm run -s library --` does. */
export function runLibrary(args: readonly string[], options: RunOptions): Promise<Run> {
  return runToEnd('app/cli/main.js', args, options);
}
