import { Command } from 'commander';
import type { Terminal } from './command';
import { completionCommand } from './commands/completion';
import { COMMANDS, type ListedCommand } from './commands';

/**
 * The command line as commander knows it.
 * @param isWanted which of the commands are there whole; the others have a name and a summary alone
 */
export async function programOf(
  terminal: Terminal,
  isWanted: (command: ListedCommand) => boolean,
): Promise<Command> {
  const program = new Command('library')
    .description('For operators and analysts: what is on the stream, and what the views hold of it.')
    .usage('COMMAND [options]')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n' +
        'The servers are those that the environment names (KAFKA_BROKERS, DATABASE_URL, SCHEMA_REGISTRY_URL), else those of "make up".',
    );
  for (const listed of COMMANDS) {
    const command = isWanted(listed) ? (await listed.load())(terminal) : new Command(listed.name);
    program.addCommand(command.summary(listed.summary));
  }
  program.addCommand(completionCommand(terminal, () => programOf(terminal, () => true)));
  for (const command of withSubcommands(program)) command.exitOverride();
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
