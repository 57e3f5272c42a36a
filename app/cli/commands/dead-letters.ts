import { Command, InvalidArgumentError } from 'commander';
import { VIEW_NAMES, viewNamed } from '../../../consumer/all-views';
import {
  DeadLetterTable,
  type RetryUnit,
  type DeadLetterFilter,
  type DeadLetterSummary,
  type StoredDeadLetter,
} from '../../../consumer/dead-letters/dead-letter-table';
import { describeDeadLetter } from '../../../consumer/dead-letters/describe';
import { ParkedRecords } from '../../../consumer/dead-letters/parked-records';
import type { Retried } from '../../../consumer/dead-letters/retry';
import { formatPosition, parsePosition, type Position } from '../../../infra/event-log/log';
import { table } from '../../terminal/table';
import { CommandFailure, type Terminal } from '../command';
import { withConnections, type Connections } from '../connections';
import { retryLive } from '../views';

interface Options {
  readonly consumer?: string;
  readonly book?: string;
  readonly topic?: string;
  readonly all?: true;
  readonly json?: true;
}

/** `library dead-letters`: lists, shows, retries and discards the records that the views could not take. */
export function deadLettersCommand(terminal: Terminal): Command {
  return new Command('dead-letters')
    .description(
      'Records that a view could not take, and the later ones of their books that wait behind them',
    )
    .addCommand(listCommand(terminal))
    .addCommand(showCommand(terminal))
    .addCommand(retryCommand(terminal))
    .addCommand(discardCommand(terminal));
}

const withFilter = (command: Command) =>
  command
    .option('--consumer <name>', `only of this consumer: ${VIEW_NAMES.join(', ')}`, consumerName)
    .option('--topic <name>', 'only of this topic, where several have a letter at the same position');

function listCommand(terminal: Terminal): Command {
  return withFilter(new Command('list'))
    .description('What is dead, oldest first, and how many records wait behind each')
    .option('--book <bookId>', 'only of this book')
    .option('--all', 'also those that were discarded')
    .option('--json', 'one JSON object a line')
    .action(({ json, ...options }: Options) =>
      withConnections(terminal, async ({ pool }) => {
        const deadLetters = await new DeadLetterTable(pool).list(filterOf(options));
        for (const line of json
          ? deadLetters.map((each) => JSON.stringify(jsonOf(each)))
          : tableOf(deadLetters))
          terminal.stdout.write(`${line}\n`);
      }),
    );
}

function showCommand(terminal: Terminal): Command {
  return withFilter(new Command('show'))
    .description('One record as it is: where it stood, why it could not be taken, headers and bytes')
    .argument('<position>', 'as "list" shows it: partition:offset', position)
    .action((at: Position, options: Options) =>
      withConnections(terminal, async (connections) => {
        const found = await lettersAt(at, { ...filterOf(options), all: true }, connections);
        if (found.length === 0) throw new CommandFailure(notFound(at));
        terminal.stdout.write(`${found.map(describeDeadLetter).join('\n')}\n`);
      }),
    );
}

function retryCommand(terminal: Terminal): Command {
  return withFilter(new Command('retry'))
    .description(
      'Takes what was set aside into the view after all, each book in its order, up to what still cannot be taken. ' +
        'The consumers may go on meanwhile. Safe to repeat.',
    )
    .argument('[position]', 'only what is held up by this record', position)
    .option('--book <bookId>', 'only of this book')
    .option('--all', 'all that is held up')
    .action((at: Position | undefined, { all, ...options }: Options, command: Command) => {
      if (!at && !options.book && !all) command.error('error: say which: a position, --book, or --all');
      return withConnections(terminal, async (connections) => {
        const units = await unitsOf({ ...filterOf(options), position: at }, connections);
        if (units.length === 0) {
          if (at) throw new CommandFailure(notFound(at));
          terminal.stdout.write('Nothing is held up.\n');
          return;
        }
        await retryAll(units, connections, terminal);
      });
    });
}

function discardCommand(terminal: Terminal): Command {
  return withFilter(new Command('discard'))
    .description(
      'Leaves a dead record out for good, in replays as well, and takes what waits behind it. It stays on the topic ' +
        'of dead letters.',
    )
    .argument('<position>', 'as "list" shows it: partition:offset', position)
    .action((at: Position, options: Options) =>
      withConnections(terminal, async (connections) => {
        const deadLetters = new DeadLetterTable(connections.pool);
        const found = await lettersAt(at, filterOf(options), connections);
        if (found.length === 0) throw new CommandFailure(notFound(at));
        if (new Set(found.map(({ topic }) => topic)).size > 1)
          throw new CommandFailure(
            `Several topics have a letter at ${formatPosition(at)}: say which with --topic.`,
          );
        if (found.some(({ status }) => status === 'parked'))
          throw new CommandFailure(
            `The record at ${formatPosition(at)} is not dead: it waits behind another one of its book. Discard or retry that one.`,
          );
        for (const each of found) {
          await deadLetters.discard(each);
          terminal.stdout.write(`${each.consumer}: ${formatPosition(at)} discarded.\n`);
        }
        const books = found.filter(({ bookId }) => bookId !== null);
        const behind = await Promise.all(
          books.map(({ consumer, topic, bookId }) =>
            deadLetters.retryUnits({ consumer, topic, bookId: bookId ?? undefined }),
          ),
        );
        await retryAll(behind.flat(), connections, terminal);
      }),
    );
}

/** The records at a position: dead or discarded as they are stored, parked ones from Kafka. */
async function lettersAt(
  position: Position,
  filter: DeadLetterFilter,
  { pool, log }: Connections,
): Promise<StoredDeadLetter[]> {
  const stored = await new DeadLetterTable(pool).find({ ...filter, position });
  const parked = await new ParkedRecords(pool, log).find({ ...filter, position });
  const isStored = (each: StoredDeadLetter) =>
    stored.some(({ consumer, topic }) => consumer === each.consumer && topic === each.topic);
  return [...stored, ...parked.filter((each) => !isStored(each))];
}

/** What is to be retried; of the position of a parked record, its book. */
async function unitsOf(filter: DeadLetterFilter, { pool, log }: Connections): Promise<RetryUnit[]> {
  const deadLetters = new DeadLetterTable(pool);
  const units = await deadLetters.retryUnits(filter);
  if (units.length > 0 || !filter.position) return units;
  const parked = await new ParkedRecords(pool, log).find(filter);
  const books = parked.map(({ consumer, topic, bookId }) =>
    deadLetters.retryUnits({ consumer, topic, bookId: bookId ?? undefined }),
  );
  return (await Promise.all(books)).flat();
}

/** Retries the units, consumer by consumer, and prints the results. @throws {CommandFailure} when some are still held up */
async function retryAll(
  units: readonly RetryUnit[],
  connections: Connections,
  { stdout, signal }: Terminal,
): Promise<void> {
  let failures = 0;
  for (const name of new Set(units.map(({ consumer }) => consumer))) {
    const own = units.filter(({ consumer }) => consumer === name);
    for (const retried of await retryLive(viewNamed(name), own, connections, signal)) {
      if (retried.failed) failures += 1;
      stdout.write(`${describeRetried(retried)}\n`);
    }
  }
  if (failures > 0)
    throw new CommandFailure(
      `${failures} of ${units.length} are still held up: "library dead-letters list" shows by what.`,
    );
}

function describeRetried({ unit, applied, failed }: Retried): string {
  const of = unit.bookId === null ? `record ${formatPosition(unit)}` : `book ${unit.bookId}`;
  const taken = `${unit.consumer}, ${of}: ${applied} ${applied === 1 ? 'event' : 'events'} taken`;
  return failed
    ? `${taken}; ${formatPosition(failed.record)} still cannot be: ${failed.reason}`
    : `${taken}, nothing is held up any more.`;
}

function filterOf({ consumer, book, topic, all }: Options): DeadLetterFilter {
  return { consumer, bookId: book, topic, all };
}

function tableOf(deadLetters: readonly DeadLetterSummary[]): string[] {
  if (deadLetters.length === 0) return ['No dead letters.'];
  return table([
    ['POSITION', 'CONSUMER', 'TOPIC', 'BOOK', 'STATUS', 'BEHIND IT', 'SINCE', 'REASON'],
    ...deadLetters.map((each) => [
      formatPosition(each),
      each.consumer,
      each.topic,
      each.bookId ?? '-',
      each.status,
      String(each.behind),
      each.setAsideAt.toISOString(),
      each.reason ?? 'what it waited for is gone: retry it',
    ]),
  ]);
}

function jsonOf({ partition, offset, setAsideAt, ...rest }: DeadLetterSummary): object {
  return { position: formatPosition({ partition, offset }), ...rest, setAsideAt: setAsideAt.toISOString() };
}

const notFound = (at: Position) =>
  `No dead letter at ${formatPosition(at)}: "library dead-letters list" shows those that there are.`;

function position(text: string): Position {
  const parsed = parsePosition(text);
  if (!parsed) throw new InvalidArgumentError('A position is partition:offset, such as 7:42.');
  return parsed;
}

function consumerName(text: string): string {
  if ((VIEW_NAMES as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`The consumers are ${VIEW_NAMES.join(', ')}.`);
}
