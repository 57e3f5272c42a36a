import { readFileSync } from 'node:fs';
import { loadConfig, type Config } from '../config';
import { observe } from '../../infra/local/supervisor/client';
import { DEFAULT_LOCAL_DIR, foldersOf } from '../local-system/settings';
import { readSystem } from '../local-system/system';
import { GaveUpError } from './client';
import { parseOptions, UsageError } from './options';
import { runDemo } from './run';

const INTERRUPTED = 130;
const WHAT_TO_DO = 'run "make up" first, or name another API with HTTP_URL=….';

/** The API's URL on this machine. */
function urlOf({ HTTP_HOST, HTTP_PORT }: Config): string {
  const host = ['0.0.0.0', '::', ''].includes(HTTP_HOST) ? '127.0.0.1' : HTTP_HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${HTTP_PORT}`;
}

/** The first staff token that the environment names, and that is not a hash. Where the API requires tokens, the demo needs one. */
function staffTokenOf({ API_TOKENS, API_TOKENS_FILE: file }: Config): string | undefined {
  const tokens = API_TOKENS ?? (file === undefined ? '' : readFileSync(file, 'utf8'));
  return /(?:^|[;,\n])[ \t]*(?!sha256:|#)([^;,\n]+?)\s*=\s*staff:/.exec(tokens)?.[1];
}

/**
 * The URL of the API. The demo writes thousands of events: it has to be sure whose stream that is.
 * @throws {GaveUpError} where the API is that of our own system and does not run: what answers at its address is somebody else's
 */
function targetOf(env: NodeJS.ProcessEnv, config: Config): string {
  if (env.HTTP_URL) return env.HTTP_URL;
  const folders = foldersOf({ LOCAL_DIR: env.LOCAL_DIR || DEFAULT_LOCAL_DIR });
  const system = readSystem(folders);
  const isNamed = env.HTTP_PORT !== undefined || env.HTTP_HOST !== undefined;
  if (!system && !isNamed) throw new GaveUpError(`Nothing was started here yet: ${WHAT_TO_DO}`);
  const isOurs =
    env.HTTP_PORT === system?.env['HTTP_PORT'] && env.HTTP_HOST === system?.settings?.['HTTP_HOST'];
  const runs = () =>
    observe(folders).processes.some(({ spec, process }) => spec.name === 'api' && process !== null);
  if (system && isOurs && !runs()) throw new GaveUpError(`The API of this system is down: ${WHAT_TO_DO}`);
  return urlOf(config);
}

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  try {
    const options = parseOptions(args);
    const config = loadConfig();
    const target = {
      url: targetOf(process.env, config),
      token: staffTokenOf(config),
      signal: interrupted.signal,
    };
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
