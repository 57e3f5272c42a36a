import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { print } from '../terminal/print';

interface JestResults {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Test files that failed to run. */
  readonly numRuntimeErrorTestSuites: number;
}

/** One processor is left for the servers; two at least, since integration tests wait most of the time. */
const WORKERS = Math.max(2, availableParallelism() - 1);

/** How long jest may run on after its results are written: a test that leaves something running would keep it alive. */
const GRACE_MS = 15_000;

/**
 * Runs all tests and resolves with the exit code. The last line of the output is the number of passed and failed tests, also
 * when jest cannot run any.
 */
export async function runTests(jestArgs: readonly string[]): Promise<number> {
  const file = path.join(tmpdir(), `library-tests-${process.pid}.json`);
  const code = await runJest(file, jestArgs);
  const results = readResults(file);
  rmSync(file, { force: true });
  if (!results) {
    print('0 passed, 1 failed');
    return code || 1;
  }
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  print(`${results.numPassedTests} passed, ${failed} failed`);
  return results.success ? 0 : 1;
}

function runJest(file: string, jestArgs: readonly string[]): Promise<number> {
  const root = projectRoot();
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const args = [jest, '--ci', `--maxWorkers=${WORKERS}`, '--json', `--outputFile=${file}`, ...jestArgs];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  let doneAt = Infinity;
  const watch = setInterval(() => {
    if (doneAt === Infinity && readResults(file)) doneAt = Date.now();
    if (Date.now() - doneAt < GRACE_MS || doneAt === Infinity) return;
    print('A test left something running; ending jest.');
    child.kill('SIGKILL');
    clearInterval(watch);
  }, 500);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearInterval(watch);
      resolve(code ?? 1);
    });
  });
}

function readResults(file: string): JestResults | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestResults;
  } catch {
    return undefined;
  }
}
