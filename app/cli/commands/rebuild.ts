import { Command } from 'commander';
import { rebuild } from '../../../consumer/replay/rebuild';
import type { Rebuilt } from '../../../consumer/replay/replacement';
import { VIEW_NAMES } from '../../../consumer/all-views';
import type { ViewDefinition } from '../../../consumer/views/definition';
import { atTime } from '../argument';
import { viewArgument } from '../view-argument';
import type { Terminal } from '../command';
import { withProgress } from '../progress';
import { withConnections } from '../connections';
import { replaySources } from '../views';

/** `library rebuild`: builds a view again from the stream. */
export function rebuildCommand(terminal: Terminal): Command {
  return new Command('rebuild')
    .description(
      'Makes a view anew from the beginning of the stream, beside the live one, and puts it in its place when it has ' +
        'caught up. Reads go on all the time, the consumer too. While somebody uses the live tables it follows the stream, ' +
        'says who it is, and tries again. Interrupted anywhere, it leaves the live view as it was and keeps its work: the same ' +
        'command goes on with it.',
    )
    .argument('<view>', `${VIEW_NAMES.join(', ')}, or the name of one of their tables`, viewArgument)
    .option(
      '--until <@time>',
      'stop at this time. A view that is less far than the live one does not take its place, but stays beside it',
      atTime,
    )
    .option('--anew', 'do not go on with what an interrupted rebuild has kept')
    .action((view: ViewDefinition, options: { until?: number; anew?: boolean }) =>
      withConnections(terminal, async (connections) => {
        const { signal, stdout, stderr } = terminal;
        const report = (sentence: string) => void stderr.write(`${sentence}\n`);
        const rebuilt = await withProgress(terminal, `Rebuilding ${view.name}`, (callbacks) =>
          rebuild(replaySources(connections), { ...callbacks, ...options, view, signal, report }),
        );
        stdout.write(sentenceOf(view, rebuilt));
        if (rebuilt.kind === 'swapped' && rebuilt.publications.length > 0)
          report(
            `The new tables are in the publications of the old ones (${rebuilt.publications.join(', ')}), but what the rebuild has ` +
              'changed was not published: let their subscribers copy these tables again.',
          );
      }),
    );
}

function sentenceOf({ name }: ViewDefinition, rebuilt: Rebuilt): string {
  if (rebuilt.kind === 'swapped') return `The view ${name} was made anew and is live.\n`;
  return (
    `The view ${name} as it was then is in the schema ${rebuilt.schema}, until the next rebuild of it. ` +
    `The live view knows more, and is as it was.\n`
  );
}
