#!/usr/bin/env node
import { CommanderError } from 'commander';
import type { Config } from '../config';
import { COMMANDS } from './commands';
import { programOf } from './program';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

/** The name of the command that is to be run, or whose help is asked for. */
function wantedBy(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  return first === 'help' ? second : first;
}

const noConfig = (): never => {
  throw new Error('there is no command to be configured');
};

/** Reads the configuration. Its code is loaded for a command that there is. */
async function configReader(): Promise<() => Config> {
  const { loadConfig } = await import('../config.js');
  const { withRunningSystem } = await import('../local-system/system.js');
  return () => loadConfig(withRunningSystem());
}

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The second signal does not wait for servers that do not answer.
      if (interrupt.signal.aborted) process.exit(INTERRUPTED);
      interrupt.abort();
    });
  }
  const { stdout, stderr } = process;
  // As in `2>&1 | head`: the reader of stderr is gone, and there is no other place for messages.
  stderr.on('error', () => undefined);
  const { signal } = interrupt;
  const wanted = COMMANDS.find(({ name }) => name === wantedBy(args));
  const config = wanted ? await configReader() : noConfig;
  try {
    const program = await programOf({ stdout, stderr, signal, config }, (command) => command === wanted);
    await program.parseAsync([...args], { from: 'user' });
    return signal.aborted ? INTERRUPTED : DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    if (signal.aborted) return INTERRUPTED;
    const { explain } = await import('./explain.js');
    stderr.write(`${explain(error, config)}\n`);
    return FAILED;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
