import type { Command } from 'commander';
import type { Config } from '../config';

/** What a command of the command line works with. */
export interface Terminal {
  /** Data only, so that it can be piped. */
  readonly stdout: NodeJS.WriteStream;
  /** Progress and everything that is said to a person. */
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C (SIGINT) and SIGTERM: end soon, and leave nothing half-done. */
  readonly signal: AbortSignal;
  /** Where the servers are: what the environment names, else the system that `make up` started. */
  config(): Config;
}

/** One command, such as `library lag`. Its action throws when it fails: `CommandFailure` where the message says it all. */
export type CommandOf = (terminal: Terminal) => Command;

/** What went wrong, in words for the person at the terminal. The process ends with 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
