import { Command } from 'commander';
import { assertSchemaName, makeAsOf, SchemaNameError } from '../../../consumer/replay/as-of';
import { atPastTime } from '../argument';
import type { Terminal } from '../command';
import { withProgress } from '../progress';
import { withConnections } from '../connections';
import { replaySources } from '../views';

/** `library as-of`: all views as they were at a time. */
export function asOfCommand(terminal: Terminal): Command {
  return new Command('as-of')
    .description(
      'Makes a Postgres schema with all views as they were at a time. The role library_analyst may read it. ' +
        'DROP SCHEMA … CASCADE removes it; the same command makes it anew.',
    )
    .argument('<@time>', 'the moment: what the topics held before it counts', atPastTime)
    .requiredOption('--schema <name>', 'the schema to make')
    .action((time: number, { schema }: { schema: string }, command: Command) =>
      withConnections(terminal, async (connections) => {
        const { signal, stdout } = terminal;
        try {
          assertSchemaName(schema);
          await withProgress(terminal, 'Going back', (callbacks) =>
            makeAsOf(replaySources(connections), { ...callbacks, time, schema, signal }),
          );
        } catch (error) {
          if (error instanceof SchemaNameError) command.error(`error: ${error.message}`);
          throw error;
        }
        stdout.write(`The views as of ${new Date(time).toISOString()} are in the schema ${schema}.\n`);
      }),
    );
}
