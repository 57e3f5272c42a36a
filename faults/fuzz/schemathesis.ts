import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { python } from '../../test/others/python';

const REQUIREMENTS = path.join(projectRoot(), 'faults/fuzz/requirements.txt');
/** Streams have no end: they have tests of their own. */
const LEFT_OUT = ['/v1/events'];
const UUID = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';
/** Sort keys, by operation: a cursor is opaque, so that none can be made from the document. */
const CURSORS: Readonly<Record<string, readonly unknown[]>> = {
  listBooks: ['a'],
  listCopies: ['a'],
  getHistory: [0, 0],
  listReservationsOfBook: [0, 0],
  listReservationsOfUser: ['2026-11-23T12:00:00Z', UUID, 'a'],
  listDemand: [1, 'a'],
  listDailyDemand: ['2026-11-23', 'a'],
};

const cursorOf = ([operation, key]: [string, readonly unknown[]]) => `
[[operations]]
include-operation-id = "${operation}"
parameters = { "query.cursor" = "${Buffer.from(JSON.stringify(key)).toString('base64url')}" }
`;

/**
 * 503 is documented, and no error of the server; 422 is a key that was used before, which is right as well. 400 is a position in another partition than that of the book. A position that is still to come is waited for: that is right, and takes seconds each
 * time.
 */
const configurationAt = (position: string) => `
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422", "429", "503"]

[parameters]
"query.after" = "${position}"
"header.Prefer" = "wait=1"
${Object.entries(CURSORS).map(cursorOf).join('')}`;

/** Many requests are wrong on purpose: health checks of the generator itself say nothing about the API. */
const FIXED = [
  '--suppress-health-check',
  'all',
  '--warnings',
  'off',
  '--request-timeout',
  '10',
  '--no-color',
];

export interface FuzzOptions {
  /** The API's URL. */
  readonly url: string;
  readonly seed: number;
  /** How long it may take, in seconds. Absent: until it has done all that it wants to. */
  readonly seconds?: number | undefined;
  /** How many requests to draw at random for each operation. Absent: as the generator thinks fit. */
  readonly examples?: number | undefined;
  /** The IDs of the operations to send requests to. Absent: all. */
  readonly operations?: readonly string[];
  /** Which of its phases: `examples`, `coverage`, `fuzzing`, `stateful`. */
  readonly phases: readonly string[];
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
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { url, seed, seconds, examples, operations = [], phases, folder, token } = options;
  const interpreter = await python(REQUIREMENTS);
  mkdirSync(folder, { recursive: true });
  const report = path.join(folder, 'requests.ndjson');
  const configuration = path.join(folder, 'schemathesis.toml');
  writeFileSync(configuration, configurationAt(await somePosition(url, token)));
  const args = [
    ...['--config-file', configuration, 'run', `${url}/openapi.json`, '--checks', 'all'],
    ...['--seed', String(seed), '--phases', phases.join()],
    ...(seconds === undefined ? [] : ['--max-time', String(seconds)]),
    ...(examples === undefined ? [] : ['--max-examples', String(examples)]),
    ...operations.flatMap((each) => ['--include-operation-id', each]),
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

/** The position of something that has happened, and that the views show. */
async function somePosition(url: string, token: string | undefined): Promise<string> {
  const credentials = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/v1/books/moby-dick`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', prefer: 'wait=20', ...credentials },
    body: JSON.stringify({ title: 'Moby-Dick' }),
  });
  if (!response.ok)
    throw new Error(`${url} does not take a book: ${response.status} ${await response.text()}`);
  const history = await fetch(`${url}/v1/books/moby-dick/history`, { headers: { ...credentials } });
  const { items } = (await history.json()) as { items: { position: string }[] };
  return items[0]!.position;
}

function requestsIn(report: string): number {
  return [...report.matchAll(/"request":\{/g)].length;
}
