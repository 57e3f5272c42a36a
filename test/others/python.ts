import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot, run, tail } from '../../infra/local/run';
import { waitUntil } from '../../infra/local/wait';
import { tryLock, type Lock } from '../../infra/local/supervisor/lock';

const REQUIREMENTS = path.join(projectRoot(), 'test/others/requirements.txt');
/** The packages at these versions want at least this one. */
const OLDEST = [3, 11] as const;
const HOW = `install Python ${OLDEST.join('.')} or newer (apt-get install python3 python3-venv, brew install python), then run the tests again`;

/**
 * The interpreter of a virtual environment with the packages of a `requirements.txt`. It is made once for each Python and
 * each list of packages, in `.local/tools`; test workers that ask at the same time wait for the one that makes it.
 * @throws {Error} in one sentence that says what to do, when Python is missing or too old, or pip cannot install the packages
 */
export async function python(requirements = REQUIREMENTS): Promise<string> {
  const version = await versionHere();
  const hash = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex');
  const folder = path.join(projectRoot(), '.local/tools', `python-${hash.slice(0, 12)}`);
  const interpreter = path.join(folder, 'bin/python');
  const complete = path.join(folder, 'complete');
  if (existsSync(complete)) return interpreter;
  const lock = await lockOf(`${folder}.lock`);
  try {
    if (!existsSync(complete)) await make(folder, interpreter, requirements);
    writeFileSync(complete, '');
  } finally {
    lock.release();
  }
  return interpreter;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a program of `docs/other-clients` to its end. @returns the lines that it printed @throws {Error} with its last words */
export async function runExample(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string[]> {
  return runPython([path.join(projectRoot(), 'docs/other-clients', program), ...args], options);
}

/** Runs the interpreter with these arguments. Its stderr is used only for the error. See `runExample`. */
export async function runPython(args: readonly string[], { env, cwd }: RunOptions = {}): Promise<string[]> {
  const running = promisify(execFile)(await python(), [...args], {
    env: { PATH: process.env['PATH'], ...env },
    ...(cwd !== undefined && { cwd }),
    maxBuffer: 1 << 26,
    timeout: 60_000,
  });
  const { stdout } = await running.catch((error: { stderr: string; message: string }) => {
    throw new Error(`${args[0]} failed:\n${tail(error.stderr || error.message, 15)}`);
  });
  return stdout.split('\n').filter((line) => line !== '');
}

async function versionHere(): Promise<string> {
  const { code, output } = await run('python3', ['-c', 'import sys; print(sys.version, sys.platform)']);
  if (code !== 0) throw new Error(`Python is not here, and tests read the topics with its clients: ${HOW}.`);
  const [major = 0, minor = 0] = output.split('.').map(Number);
  if (major === OLDEST[0] && minor >= OLDEST[1]) return output;
  throw new Error(
    `Python ${major}.${minor} is too old for the clients that tests read the topics with: ${HOW}.`,
  );
}

async function lockOf(file: string): Promise<Lock> {
  let lock: Lock | undefined;
  await waitUntil(() => (lock = tryLock(file)) !== undefined, {
    what: `Another process did not finish installing Python packages (${file})`,
    timeout: 300_000,
  });
  return lock!;
}

async function make(folder: string, interpreter: string, requirements: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  const made = await run('python3', ['-m', 'venv', folder]);
  if (made.code !== 0)
    throw new Error(
      `python3 could not make a virtual environment: ${HOW}. It said:\n${tail(made.output, 5)}`,
    );
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  // The list is complete, and only what is imported need be compiled.
  pip.push('--no-deps', '--no-compile');
  const { code, output } = await run(interpreter, [...pip, '--requirement', requirements]);
  if (code !== 0)
    throw new Error(
      `pip could not install ${requirements}; is the Python package index reachable? It said:\n${tail(output, 5)}`,
    );
}
