import type { DuckDBResult } from '@duckdb/node-api';
import { createReadStream } from 'node:fs';
import { formatted } from '../../../../consumer/analysis/formats/results';
import { CommandFailure, type Terminal } from '../../command';
import { openFile } from '../../output/file';
import { StreamOutput, type Output } from '../../output/output';
import type { SqlOptions } from '../sql';
import { Session } from './session';
import { runShell } from './shell';

const NARROW = 80;

/** Runs a query, or a shell. @throws {CommandFailure} what is wrong with the query */
export async function runSql(
  query: string | undefined,
  options: SqlOptions,
  terminal: Terminal,
): Promise<void> {
  const { stdout, signal } = terminal;
  await Session.with(options, terminal, async (session) => {
    const { output: file } = options;
    const output =
      file === undefined || file === '-'
        ? new StreamOutput(stdout, 'stdout', signal)
        : await openFile(file, signal);
    const run = (sql: string) => writeResult(sql, session, options, terminal, output);
    try {
      if (query === undefined) await runShell(session, terminal, run);
      else await run(query);
    } catch (error) {
      await output.abandon();
      throw error;
    }
    if (signal.aborted) await output.abandon();
    else await output.finish();
  });
}

async function writeResult(
  sql: string,
  session: Session,
  { format, plot, title, output: file = '-' }: SqlOptions,
  { stdout }: Terminal,
  output: Output,
): Promise<void> {
  if (format === 'parquet') {
    for await (const bytes of createReadStream(await session.writeParquet(sql)))
      await output.write(bytes as Buffer);
    return;
  }
  const result = await session.query(sql);
  if (!result || result.columnCount === 0 || !hasRows(result)) return;
  const width = (file === '-' && stdout.isTTY && stdout.columns) || Infinity;
  if (plot) {
    const isPicture = /\.svg$/i.test(file);
    await output.write(await drawn(result, isPicture ? { title } : Number.isFinite(width) ? width : NARROW));
    return;
  }
  for await (const text of formatted(result, format, width)) {
    await output.write(text);
    if (output.closed.aborted) break;
  }
}

/** CREATE, SET and the like have a result without rows of anybody's interest. */
function hasRows({ returnType }: { readonly returnType: number }): boolean {
  return returnType === 3;
}

/** @param as the width of a chart, in characters; or what stands above a picture */
async function drawn(
  result: DuckDBResult,
  as: number | { readonly title: string | undefined },
): Promise<string> {
  // Few queries are drawn, and these take a tenth of a second to load.
  const [{ NoChartError, chart }, { svg }] = await Promise.all([
    import('../../../../consumer/analysis/formats/chart.js'),
    import('../../../../consumer/analysis/formats/svg.js'),
  ]);
  try {
    return await (typeof as === 'number' ? chart(result, as) : svg(result, as.title));
  } catch (error) {
    if (error instanceof NoChartError) throw new CommandFailure(error.message, { cause: error });
    throw error;
  }
}
