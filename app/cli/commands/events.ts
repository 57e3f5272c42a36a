import { Command } from 'commander';
import type { Terminal } from '../command';
import { contradiction, TIMES, withEventsOptions, type EventsOptions } from './events/options';
import { runEvents, WrongOptions } from './events/run';

const NOTES = `
${TIMES}
Reads up to the end of the topic as it is at the start, unless --follow. The rows of a partition come in their order; the
partitions come side by side. Consumers and their offsets are left alone.
A table begins its DATA with what became of an event that did not take effect: its code, as [already-reserved], [repeated] where it
is on the stream a second time, [?] where the view has not come to it yet.

Examples:
  library events --from @-1d --type BookReserved | jq -r .bookId | sort | uniq -c | sort -rn | head
  library events --book moby-dick --format table
  library events --format parquet --output events.parquet
  library events --from -10 --follow`;

/** `library events`: the records of a topic, as rows. */
export function eventsCommand(terminal: Terminal): Command {
  const command = new Command('events').description(
    'Writes events of the stream as rows, for other programs or to look at',
  );
  return withEventsOptions(command)
    .addHelpText('after', NOTES)
    .action(async (options: EventsOptions) => {
      const wrong = contradiction(options, Boolean(terminal.stdout.isTTY));
      if (wrong !== undefined) command.error(`error: ${wrong}`);
      try {
        await runEvents(options, terminal);
      } catch (error) {
        if (error instanceof WrongOptions) command.error(`error: ${error.message}`);
        throw error;
      }
    });
}
