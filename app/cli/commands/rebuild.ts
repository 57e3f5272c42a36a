import { Command } from 'commander';
import { rebuild } from '../../../consumer/replay/rebuild';
import { VIEW_NAMES } from '../../../consumer/all-views';
import type { ViewDefinition } from '../../../consumer/views/definition';
import { atTime, viewArgument } from '../argument';
import type { Terminal } from '../command';
import { withProgress } from '../progress';
import { withConnections } from '../connections';
import { replaySources } from '../views';

/** `library rebuild`: builds a view again from the stream. */
export function rebuildCommand(terminal: Terminal): Command {
  return new Command('rebuild')
    .summary('make a view anew from the stream, and swap it in')
    .description(
      'Makes a view anew from the beginning of the stream, beside the live one, and puts it in its place when it has ' +
        'caught up. Reads go on all the time, the consumer too. Interrupted anywhere, it leaves the live view as it was.',
    )
    .argument('<view>', `${VIEW_NAMES.join(', ')}, or the name of one of their tables`, viewArgument)
    .option(
      '--until <@time>',
      'stop at this time. A view that is less far than the live one does not take its place, but stays beside it',
      atTime,
    )
    .action((view: ViewDefinition, { until }: { until?: number }) =>
      withConnections(terminal, async (connections) => {
        const { signal, stdout } = terminal;
        const rebuilt = await withProgress(terminal, `Rebuilding ${view.name}`, (callbacks) =>
          rebuild(replaySources(connections), { ...callbacks, view, until, signal }),
        );
        stdout.write(
          rebuilt.kind === 'swapped'
            ? `The view ${view.name} was made anew and is live.\n`
            : `The view ${view.name} as it was then is in the schema ${rebuilt.schema}, until the next rebuild of it. ` +
                `The live view knows more, and is as it was.\n`,
        );
      }),
    );
}
