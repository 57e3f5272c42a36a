import { execFile, type ExecFileOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The project's root: the nearest folder above this file with a package.json, also from the build in dist/. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}

/** The result of a program. */
export interface RunResult {
  readonly code: number;
  /** stdout and stderr, one after the other. */
  readonly output: string;
}

/** Runs a program to its end. Never rejects: the code of a missing program is 127. */
export function run(
  command: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      { maxBuffer: 1 << 26, env: process.env, ...options },
      (error, stdout, stderr) => {
        const output = `${stdout.toString()}${stderr.toString()}`;
        if (!error) return resolve({ code: 0, output });
        const code = typeof error.code === 'number' ? error.code : error.code === 'ENOENT' ? 127 : 1;
        resolve({ code, output: output || error.message });
      },
    );
    child.stdin?.end();
  });
}

/** The last lines of a text that are not blank. */
export function tail(text: string, lines: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines)
    .join('\n');
}
