import { readFileSync } from 'node:fs';
import { loadConfig, type Config } from '../config';
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

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  try {
    const options = parseOptions(args);
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
