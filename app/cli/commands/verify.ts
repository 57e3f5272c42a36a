import { Command } from 'commander';
import { verify, type Verdict } from '../../../consumer/replay/verify';
import { ALL_VIEWS, VIEW_NAMES } from '../../../consumer/all-views';
import type { ViewDefinition } from '../../../consumer/views/definition';
import { viewArgument } from '../view-argument';
import { CommandFailure, type Terminal } from '../command';
import { withProgress } from '../progress';
import { withConnections } from '../connections';
import { replaySources } from '../views';

/** `library verify`: compares the live views with a replay of the stream. */
export function verifyCommand(terminal: Terminal): Command {
  return new Command('verify')
    .description(
      'Compares the live views with a replay of the stream from scratch, book by book. Ends with 0 when they are equal, ' +
        'else with 1 and what differs first. The consumers may go on meanwhile.',
    )
    .argument(
      '[view...]',
      `${VIEW_NAMES.join(', ')}, or the name of one of their tables; none = all`,
      viewArguments,
    )
    .action((views: ViewDefinition[] | undefined) =>
      withConnections(terminal, async (connections) => {
        const { signal, stdout } = terminal;
        let differences = 0;
        for (const view of views?.length ? views : ALL_VIEWS) {
          const verdict = await withProgress(terminal, `Verifying ${view.name}`, (callbacks) =>
            verify(replaySources(connections), { ...callbacks, view, signal }),
          );
          differences += verdict.differences;
          stdout.write(describe(verdict));
        }
        if (differences > 0)
          throw new CommandFailure(
            'The views are not what the stream says: "library rebuild" makes one anew.',
          );
      }),
    );
}

function viewArguments(text: string, before: readonly ViewDefinition[] = []): ViewDefinition[] {
  return [...new Set([...before, viewArgument(text)])];
}

function describe({ view, records, books, differences, differing, first }: Verdict): string {
  const compared = `${books.toLocaleString('en')} books, ${records.toLocaleString('en')} records`;
  if (!first) return `${view}: equal (${compared})\n`;
  const more =
    differences > 1 ? `, then ${differing.slice(1, 6).join(', ')}${differences > 6 ? ', …' : ''}` : '';
  return [
    `${view}: ${differences.toLocaleString('en')} of ${compared} differ`,
    `  first: book ${first.bookId}, table ${first.table}${more}`,
    ...first.live.map((row) => `  only in the live view: ${row}`),
    ...first.replay.map((row) => `  only in the replay:    ${row}`),
    '',
  ].join('\n');
}
