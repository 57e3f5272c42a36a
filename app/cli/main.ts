import { Command, CommanderError } from 'commander';
import { loadConfig } from '../config';
import { withRunningSystem } from '../local-system/system';
import type { CommandOf, Terminal } from './command';
import { asOfCommand } from './commands/as-of';
import { deadLettersCommand } from './commands/dead-letters';
import { eventsCommand } from './commands/events';
import { forgetCommand } from './commands/forget';
import { lagCommand } from './commands/lag';
import { rebuildCommand } from './commands/rebuild';
import { sqlCommand } from './commands/sql';
import { verifyCommand } from './commands/verify';
import { explain } from './explain';
import { COMMAND_PRINCIPALS } from '../rights/credentials';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

const COMMANDS: readonly CommandOf[] = [
  eventsCommand,
  sqlCommand,
  rebuildCommand,
  asOfCommand,
  verifyCommand,
  forgetCommand,
  deadLettersCommand,
  lagCommand,
];

function programOf(terminal: Terminal): Command {
  const program = new Command('library')
    .description('For operators and analysts: what is on the stream, and what the views hold of it.')
    .usage('COMMAND [options]')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n' +
        'The servers are those that the environment names (KAFKA_BROKERS, DATABASE_URL, SCHEMA_REGISTRY_URL), else those of "make up".',
    );
  for (const command of COMMANDS) program.addCommand(command(terminal));
  for (const command of withSubcommands(program)) command.exitOverride();
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
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
  const config = () => loadConfig(withRunningSystem(process.env, COMMAND_PRINCIPALS[args[0] ?? '']));
  try {
    await programOf({ stdout, stderr, signal, config }).parseAsync([...args], { from: 'user' });
    return signal.aborted ? INTERRUPTED : DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    if (signal.aborted) return INTERRUPTED;
    stderr.write(`${explain(error, config)}\n`);
    return FAILED;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
