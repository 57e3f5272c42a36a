import { createReadStream } from 'node:fs';
import { NoChartError, chart } from '../../../../consumer/analysis/formats/chart';
import { svg } from '../../../../consumer/analysis/formats/svg';
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
    const draw = () =>
      /\.svg$/i.test(file) ? svg(result, title) : chart(result, Number.isFinite(width) ? width : NARROW);
    await output.write(await drawn(draw));
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

async function drawn(draw: () => Promise<string>): Promise<string> {
  try {
    return await draw();
  } catch (error) {
    if (error instanceof NoChartError) throw new CommandFailure(error.message, { cause: error });
    throw error;
  }
}
