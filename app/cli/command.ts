import type { Command } from 'commander';
import type { Config } from '../config';

/** The surroundings of a command of the command line. */
export interface Terminal {
  /** Data only, so that it can be piped. */
  readonly stdout: NodeJS.WriteStream;
  /** Progress, warnings and errors, for a person. */
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C (SIGINT) and SIGTERM: a command then ends soon and leaves nothing half-done. */
  readonly signal: AbortSignal;
  /** The addresses of the servers: what the environment names, otherwise the system that `make up` started. */
  config(): Config;
}

/** Makes one command, such as `library lag`. Its action throws when it fails: `CommandFailure` where the message suffices. */
export type CommandOf = (terminal: Terminal) => Command;

/** A failure that its message explains to the user. The process ends with 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
