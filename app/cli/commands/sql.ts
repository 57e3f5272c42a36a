import { Command, Option } from 'commander';
import { parseFrom, parseTo, type PositionSpec } from '../../../consumer/export/position-spec';
import { withMessage } from '../argument';
import type { Terminal } from '../command';

const FORMATS = ['table', 'csv', 'json', 'parquet', 'md'] as const;

export interface SqlOptions {
  readonly from: PositionSpec;
  readonly to: PositionSpec;
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly plot?: boolean;
  readonly title?: string;
  readonly anew?: boolean;
}

const NOTES = `
Tables: events, outcomes, dead_letters, with the columns of "library events --format parquet", from the topics; the views books,
copies, reservations, history, demand_daily, notices, progress, held_books from Postgres, with the names of the API (bookId).
book_history, book_reservations and book_demand have titles, and tell what took effect (effective) from what was refused.
Each is read when a query names it. What was read of a topic is kept in a cache: the next query reads only what is new.

Examples:
  library sql "SELECT title, count(*) FROM events JOIN books USING (bookId) WHERE type = 'BookReserved' GROUP BY ALL ORDER BY 2 DESC LIMIT 10"
  library sql --plot "SELECT day, sum(reservations) FROM demand_daily GROUP BY day ORDER BY day"
  library sql --plot --output demand.svg "SELECT day, sum(reservations) FROM demand_daily GROUP BY day ORDER BY day"
  library sql --from @-7d --format csv "SELECT * FROM outcomes" > outcomes.csv
  library sql                                # a shell; .help`;

/** `library sql`: SQL over the stream and the views. */
export function sqlCommand(terminal: Terminal): Command {
  const command = new Command('sql')
    .description('Runs a query of DuckDB over the stream and the views; without one, a shell')
    .argument(
      '[query]',
      'one statement or several, the rows of the last are written; absent: a shell, or what stdin holds',
    )
    .addOption(
      new Option(
        '--from <place>',
        'where the topics begin for it: beginning, end, N, -N, @TIME; see "library events"',
      )
        .default({ kind: 'beginning' } satisfies PositionSpec, 'beginning')
        .argParser(withMessage(parseFrom)),
    )
    .addOption(
      new Option('--to <place>', 'where they end: end (as it is now), N, @TIME')
        .default({ kind: 'end' } satisfies PositionSpec, 'end')
        .argParser(withMessage(parseTo)),
    )
    .addOption(new Option('--format <name>', 'how rows are written').choices([...FORMATS]).default('table'))
    .option('--output <file>', 'write to this file, which is there once it is complete; else stdout')
    .option(
      '--plot',
      'draw the last column with numbers over those before it: bars, or a picture where --output is FILE.svg',
    )
    .option('--title <text>', 'what stands above the picture')
    .option('--anew', 'delete the cache first');
  return command
    .addHelpText('after', NOTES)
    .action(async (query: string | undefined, options: SqlOptions) => {
      const wrong = contradiction(query, options, Boolean(terminal.stdout.isTTY));
      if (wrong !== undefined) command.error(`error: ${wrong}`);
      // DuckDB is loaded for this command alone.
      const { runSql } = await import('./sql/run.js');
      await runSql(query, options, terminal);
    });
}

function contradiction(
  query: string | undefined,
  { format, output, plot, title }: SqlOptions,
  stdoutIsTerminal: boolean,
): string | undefined {
  if (query?.trim() === '') return 'The query is empty: leave it out for a shell.';
  if (plot && format !== 'table') return '--plot draws the rows: leave out --format, or --plot.';
  if (title !== undefined && !(plot && output?.toLowerCase().endsWith('.svg')))
    return '--title is that of a picture: add --plot --output FILE.svg.';
  if (format !== 'parquet') return undefined;
  if (query === undefined) return 'A Parquet file holds the rows of one query: name it.';
  if (stdoutIsTerminal && output === undefined)
    return 'Parquet is nothing to look at: name a file with --output, or pipe it somewhere.';
  return undefined;
}
