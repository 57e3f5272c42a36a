import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { python } from '../../test/others/python';

const HERE = path.join(projectRoot(), 'faults/fuzz');
/** Streams have no end: they have tests of their own. */
const LEFT_OUT = ['/v1/events'];
/** Many requests are wrong on purpose: health checks of the generator itself say nothing about the API. */
const FIXED = ['--suppress-health-check', 'all', '--warnings', 'off', '--request-timeout', '10', '--no-color'];

export interface FuzzOptions {
  /** The API's URL. */
  readonly url: string;
  readonly seed: number;
  /** How long it may take, in seconds. */
  readonly seconds: number;
  /** How many requests of each kind are made for each operation. */
  readonly examples: number;
  /** For its report. */
  readonly folder: string;
  readonly token?: string | undefined;
}

export interface FuzzResult {
  /** Whether every answer was as the document says. */
  readonly isRight: boolean;
  /** What was found, for people. */
  readonly output: string;
  /** How many requests were sent. */
  readonly requests: number;
}

/**
 * Sends requests that are made from `/openapi.json`, right ones and wrong ones, alone and in sequences, and compares every answer with
 * what the document says of it: status, content type, headers, schema; and that what is wrong is refused.
 */
export async function fuzz({ url, seed, seconds, examples, folder, token }: FuzzOptions): Promise<FuzzResult> {
  const interpreter = await python(path.join(HERE, 'requirements.txt'));
  mkdirSync(folder, { recursive: true });
  const report = path.join(folder, 'requests.ndjson');
  const args = [
    ...['--config-file', path.join(HERE, 'schemathesis.toml'), 'run', `${url}/openapi.json`, '--checks', 'all'],
    ...['--seed', String(seed), '--max-time', String(seconds), '--max-examples', String(examples)],
    ...LEFT_OUT.flatMap((each) => ['--exclude-path', each]),
    ...(token === undefined ? [] : ['--header', `authorization: Bearer ${token}`]),
    ...['--report', 'ndjson', '--report-ndjson-path', report, ...FIXED],
  ];
  const program = path.join(path.dirname(interpreter), 'schemathesis');
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) =>
    execFile(program, args, { cwd: folder, maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    ),
  );
  return { isRight: code === 0, output, requests: requestsIn(readFileSync(report, 'utf8')) };
}

function requestsIn(report: string): number {
  return [...report.matchAll(/"request":\{/g)].length;
}
