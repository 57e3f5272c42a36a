import { readFileSync } from 'node:fs';
import { loadConfig, type Config } from '../config';
import { observe } from '../../infra/local/supervisor/client';
import { DEFAULT_LOCAL_DIR, foldersOf } from '../local-system/settings';
import { readSystem } from '../local-system/system';
import { GaveUpError } from './client';
import { parseOptions, UsageError } from './options';
import { runDemo } from './run';

const INTERRUPTED = 130;

/** The API's URL on this machine. */
function urlOf({ HTTP_HOST, HTTP_PORT }: Config): string {
  const host = ['0.0.0.0', '::', ''].includes(HTTP_HOST) ? '127.0.0.1' : HTTP_HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${HTTP_PORT}`;
}

/** The first staff token that the environment names, and that is not a hash. Where the API requires tokens, the demo needs one. */
function staffTokenOf({ API_TOKENS, API_TOKENS_FILE: file }: Config): string | undefined {
  const tokens = API_TOKENS ?? (file === undefined ? '' : readFileSync(file, 'utf8'));
  return /(?:^|[;\n])[ \t]*(?!sha256:|#)([^;\n]+?)\s*=\s*staff:/.exec(tokens)?.[1];
}

/**
 * The demo writes thousands of events: it has to be sure whose stream that is.
 * @throws {GaveUpError} where the API is that of our own system and does not run: what answers at its address is somebody else's
 */
function assertOurs(env: NodeJS.ProcessEnv): void {
  const folders = foldersOf({ LOCAL_DIR: env.LOCAL_DIR || DEFAULT_LOCAL_DIR });
  const system = readSystem(folders);
  const named = env.HTTP_PORT !== undefined || env.HTTP_HOST !== undefined;
  if (!system && !named) throw new GaveUpError('Nothing was started here yet: run "make up" first.');
  if (!system || env.HTTP_PORT !== system.env['HTTP_PORT']) return;
  const api = observe(folders).processes.find(({ spec }) => spec.name === 'api');
  if (!api?.process) throw new GaveUpError('The API of this system is down: run "make up" first.');
}

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  try {
    const options = parseOptions(args);
    assertOurs(process.env);
    const config = loadConfig();
    const target = { url: urlOf(config), token: staffTokenOf(config), signal: interrupted.signal };
    await runDemo(options, target);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return error.exitCode;
    if (interrupted.signal.aborted) {
      process.stderr.write('Interrupted. What was accepted stays; "make demo" goes on from there.\n');
      return INTERRUPTED;
    }
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
