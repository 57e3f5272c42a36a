import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const LIBRARY = join(__dirname, '../../dist/app/cli/main.js');

export interface Outcome {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line in a process of its own, whose stdout and stderr are pipes. */
export class LibraryProcess {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.process = spawn(process.execPath, [LIBRARY, ...args], {
      // The stage's 0, any free port, is for processes that listen.
      env: { PATH: process.env['PATH'], ...env, HTTP_PORT: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Resolves when it has ended and all that it wrote is here. */
  async outcome(): Promise<Outcome> {
    const [code] = (await once(this.process, 'close')) as [number | null];
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Runs a command to its end. */
export function library(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  return new LibraryProcess(args, env).outcome();
}
