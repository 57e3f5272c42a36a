import { exportEvents } from '../../../../consumer/export/export';
import { wantsPartition, type Filter } from '../../../../consumer/export/filter';
import type { Chunk } from '../../../../consumer/export/formats/format';
import { formatOf } from '../../../../consumer/export/formats/formats';
import { resolveRanges, sizeOf } from '../../../../consumer/export/ranges';
import type { EventSource } from '../../../../consumer/export/source';
import { Verdicts } from '../../../../consumer/export/verdicts';
import type { Config } from '../../../config';
import type { Log, PartitionBounds, Position } from '../../../../infra/event-log/log';
import { NO_PROGRESS, showProgress, type ProgressDisplay } from '../../../terminal/progress';
import type { Terminal } from '../../command';
import { openFile, openStraight } from '../../output/file';
import { StreamOutput, type Output } from '../../output/output';
import { withConnections, type Connections } from '../../connections';
import { SkippedRecords } from './skipped-records';
import type { EventsOptions } from './options';
import { exportInThreads, threadsFor } from './threads';
import { sourceOf, TOPICS } from './topics';

/** Options that do not fit the topic, in a sentence. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions';
}

/**
 * Exports what the options select.
 * @throws {WrongOptions} where the topic has no such partition, type or user
 * @throws the errors of Kafka and the registry
 */
export async function runEvents(options: EventsOptions, terminal: Terminal): Promise<void> {
  await withConnections(terminal, async (connections) => {
    await connections.forgotten.refresh();
    const source = knownSource(options, connections);
    const ranges = await rangesFor(options, connections.log, source);
    const verdicts = verdictsFor(options, connections, source);
    const output = await openOutput(options, terminal);
    try {
      await exportTo(
        output,
        options,
        { log: connections.log, source, ranges, config: connections.config, verdicts },
        terminal,
      );
    } catch (error) {
      await output.abandon();
      throw error;
    }
  });
}

function knownSource({ topic, type, user }: EventsOptions, connections: Connections): EventSource {
  const source = sourceOf(topic, connections);
  if (!source) throw new WrongOptions(`There is no topic "${topic}": it is one of ${TOPICS.join(', ')}.`);
  const unknown = type?.find((name) => !source.types.includes(name));
  if (unknown !== undefined)
    throw new WrongOptions(
      `There is no type "${unknown}" on ${source.topic}. Its types are ${source.types.join(', ')}.`,
    );
  if (user !== undefined && !source.columns.some(({ name }) => name === 'userId'))
    throw new WrongOptions(`What is on ${source.topic} names no users: leave out --user.`);
  return source;
}

/** Tables are for people, who want to see what was refused. The other formats hold what the stream holds. */
function verdictsFor(
  { format }: EventsOptions,
  { topics, pool, logger }: Connections,
  { topic }: EventSource,
): Verdicts | undefined {
  if (format !== 'table' || topic !== topics.reservations) return undefined;
  return new Verdicts(pool, (error) =>
    logger.warn({ err: error }, 'What was refused is not marked, since the history cannot be read'),
  );
}

async function rangesFor(
  { from, to = { kind: 'end' }, follow = false, partition, book }: EventsOptions,
  log: Log,
  { topic }: EventSource,
): Promise<PartitionBounds[]> {
  const all = await resolveRanges(log, topic, { from, to, follow });
  if (partition !== undefined && partition >= all.length)
    throw new WrongOptions(
      `${topic} has no partition ${partition}: its partitions are 0 to ${all.length - 1}.`,
    );
  return all.filter((range) => wantsPartition({ partition, book }, range.partition, all.length));
}

function openOutput({ output, follow }: EventsOptions, { stdout, signal }: Terminal): Promise<Output> {
  if (output === undefined || output === '-')
    return Promise.resolve(new StreamOutput(stdout, 'stdout', signal));
  return follow ? openStraight(output, signal) : openFile(output, signal);
}

interface Stream {
  readonly log: Log;
  readonly source: EventSource;
  readonly ranges: readonly PartitionBounds[];
  readonly config: Config;
  readonly verdicts: Verdicts | undefined;
}

async function exportTo(
  output: Output,
  options: EventsOptions,
  stream: Stream,
  terminal: Terminal,
): Promise<void> {
  const { stdout, stderr, signal } = terminal;
  const progress = progressOf(options, stream, terminal);
  const skipped = new SkippedRecords(stderr);
  try {
    const { source, ranges, log, config, verdicts } = stream;
    const shared = {
      filter: filterOf(options),
      format: formatOf(options.format, source, widthOf(options, stdout)),
      write: (chunk: Chunk) => output.write(chunk),
      signal: AbortSignal.any([signal, output.closed]),
      onRead: (count: number) => progress.step(count),
      onBroken: (position: Position, error: Error) => skipped.report(position, error),
    };
    const threads = threadsFor(options, ranges);
    if (threads === 1)
      await exportEvents({ ...shared, log, source, ranges, verdicts, limit: options.limit ?? Infinity });
    else
      await exportInThreads({
        ...shared,
        config,
        ranges,
        threads,
        topic: source.topic,
        name: options.format,
      });
  } finally {
    progress.stop();
    skipped.summarise();
  }
  if (signal.aborted) await output.abandon();
  else await output.finish();
}

/** A terminal that does not know its width reports 0. */
function widthOf({ output = '-' }: EventsOptions, stdout: Terminal['stdout']): number {
  return (output === '-' && stdout.isTTY && stdout.columns) || Infinity;
}

function filterOf({ partition, book, user, type }: EventsOptions): Filter {
  return { partition, book, user, types: type && new Set(type) };
}

/** No progress while following, and none on a terminal that shows the data: the bar would be among them. */
function progressOf(
  { follow, output }: EventsOptions,
  { ranges }: Stream,
  { stdout, stderr }: Terminal,
): ProgressDisplay {
  const total = sizeOf(ranges);
  const isInTheWay = stdout.isTTY && (output === undefined || output === '-');
  if (follow || total === 0 || isInTheWay) return NO_PROGRESS;
  return showProgress('Events', total, stderr);
}
