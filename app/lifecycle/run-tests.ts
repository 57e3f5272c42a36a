import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../infra/native/run';
import { say } from './say';

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that ended before their tests could. */
  readonly numRuntimeErrorTestSuites: number;
}

/** Runs all tests; the last line says how many passed and failed, even when jest does not get as far as running any. */
export function runTests(jestArgs: readonly string[]): number {
  const root = projectRoot();
  const results = path.join(tmpdir(), `library-tests-${process.pid}.json`);
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const args = [jest, '--ci', '--json', `--outputFile=${results}`, ...jestArgs];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  say(summary(results));
  rmSync(results, { force: true });
  return status ?? 1;
}

function summary(file: string): string {
  try {
    const results = JSON.parse(readFileSync(file, 'utf8')) as JestResults;
    return `${results.numPassedTests} passed, ${results.numFailedTests + results.numRuntimeErrorTestSuites} failed`;
  } catch {
    return '0 passed, 1 failed';
  }
}
