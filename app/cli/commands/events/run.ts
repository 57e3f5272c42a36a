import { exportEvents } from '../../../../consumer/replay/events/export';
import { wantsPartition, type Filter } from '../../../../consumer/replay/events/filter';
import { formatOf } from '../../../../consumer/replay/events/formats/formats';
import { resolveRanges, sizeOf } from '../../../../consumer/replay/events/ranges';
import type { EventSource } from '../../../../consumer/replay/events/source';
import { topicNames, type Config } from '../../../../infra/config';
import { kafkaSettings } from '../../../../infra/kafka/client';
import { KafkaLog } from '../../../../infra/kafka/kafka-log';
import type { Log, PartitionBounds } from '../../../../infra/log/log';
import { createLogger } from '../../../../infra/logger';
import { createRegistry } from '../../../../schemas/registry';
import { NO_PROGRESS, showProgress, type ProgressDisplay } from '../../../progress';
import { CommandFailure, type Terminal } from '../../command';
import { openFile, openStraight } from '../../output/file';
import { StreamOutput, type Output } from '../../output/output';
import { Broken } from './broken';
import type { EventsOptions } from './options';
import { sourceOf, TOPICS } from './topics';

/** Options that the topic shows to be wrong, in a sentence. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions';
}

/**
 * Writes what was asked for.
 * @throws {WrongOptions} where the topic has no such partition, type or user
 * @throws {CommandFailure} and what Kafka and the registry throw
 */
export async function runEvents(options: EventsOptions, terminal: Terminal): Promise<void> {
  const config = terminal.config();
  const source = knownSource(options, config);
  const logger = createLogger('error', terminal.stderr);
  const log = new KafkaLog(kafkaSettings(config, 'library-events'), logger);
  try {
    const ranges = await rangesFor(options, log, source, config);
    const output = await openOutput(options, terminal);
    try {
      await exportTo(output, options, { log, source, ranges }, terminal);
    } catch (error) {
      await output.abandon();
      throw error;
    }
  } finally {
    await log.close();
  }
}

function knownSource({ topic, type, user }: EventsOptions, config: Config): EventSource {
  const source = sourceOf(topic, topicNames(config.TOPIC_PREFIX), createRegistry(config.SCHEMA_REGISTRY_URL));
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

async function rangesFor(
  { from, to = { kind: 'end' }, follow = false, partition, book }: EventsOptions,
  log: Log,
  { topic }: EventSource,
  { KAFKA_BROKERS }: Config,
): Promise<PartitionBounds[]> {
  const all = await resolveRanges(log, topic, { from, to, follow }).catch((error: unknown) => {
    throw new CommandFailure(unreadable(error as KafkaError, topic, KAFKA_BROKERS));
  });
  if (partition !== undefined && partition >= all.length)
    throw new WrongOptions(
      `${topic} has no partition ${partition}: its partitions are 0 to ${all.length - 1}.`,
    );
  return all.filter((range) => wantsPartition({ partition, book }, range.partition, all.length));
}

/** kafkajs wraps what it has tried several times. */
type KafkaError = Error & { readonly type?: string; readonly cause?: KafkaError };

function unreadable(error: KafkaError, topic: string, brokers: string): string {
  return (error.cause ?? error).type === 'UNKNOWN_TOPIC_OR_PARTITION'
    ? `The topic ${topic} is not there: run "make up", or set KAFKA_BROKERS and TOPIC_PREFIX to where it is.`
    : `Kafka at ${brokers} cannot be asked: ${error.message}. Run "make up", or set KAFKA_BROKERS.`;
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
}

async function exportTo(
  output: Output,
  options: EventsOptions,
  stream: Stream,
  terminal: Terminal,
): Promise<void> {
  const { stdout, stderr, signal } = terminal;
  const progress = progressOf(options, stream, terminal);
  const broken = new Broken(stderr);
  try {
    await exportEvents({
      ...stream,
      filter: filterOf(options),
      limit: options.limit ?? Infinity,
      format: formatOf(options.format, stream.source, widthOf(options, stdout)),
      write: (chunk) => output.write(chunk),
      signal: AbortSignal.any([signal, output.closed]),
      onRead: (count) => progress.step(count),
      onBroken: (record, error) => broken.report(record, error),
    });
  } finally {
    progress.stop();
    broken.summarise();
  }
  if (signal.aborted) await output.abandon();
  else await output.finish();
}

/** Not every terminal knows its width, and then says 0. */
function widthOf({ output = '-' }: EventsOptions, stdout: Terminal['stdout']): number {
  return (output === '-' && stdout.isTTY && stdout.columns) || Infinity;
}

function filterOf({ partition, book, user, type }: EventsOptions): Filter {
  return { partition, book, user, types: type && new Set(type) };
}

/** None while following, and none on a terminal that shows the data: it would be in their way. */
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
