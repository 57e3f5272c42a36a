import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(__dirname, '../dist/app/cli/main.js');

export interface CliResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command of the command line, started as `npm run -s library --` does. */
export class Cli {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and its output is complete. */
  readonly done: Promise<CliResult>;
  /** The output so far. */
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.done = once(this.child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Sends a signal, and resolves when the process has ended. */
  kill(signal: NodeJS.Signals): Promise<CliResult> {
    this.child.kill(signal);
    return this.done;
  }
}

/** Runs a command to its end. */
export function library(env: Readonly<Record<string, string>>, ...args: string[]): Promise<CliResult> {
  return new Cli(args, env).done;
}
