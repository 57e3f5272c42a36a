import { Option, type Command } from 'commander';
import { FORMATS, type FormatName } from '../../../../consumer/export/formats/formats';
import { parseFrom, parseTo, type PositionSpec } from '../../../../consumer/export/position-spec';
import { withMessage } from '../../argument';
import { TOPICS, type TopicName } from './topics';
import { ID_RULE, isId } from '../../../../schemas/ids';

export interface EventsOptions {
  readonly topic: string;
  readonly from: PositionSpec;
  readonly to?: PositionSpec;
  readonly partition?: number;
  readonly book?: string;
  readonly user?: string;
  readonly type?: readonly string[];
  readonly format: FormatName;
  readonly output?: string;
  readonly follow?: boolean;
  readonly limit?: number;
  readonly threads?: number;
}

/** Adds the options of `library events` to a command. */
export function withEventsOptions(command: Command): Command {
  return command
    .option('--topic <name>', `which topic: ${TOPICS.join(', ')}`, 'reservations' satisfies TopicName)
    .addOption(
      new Option(
        '--from <place>',
        'where to begin in each partition: beginning, end, N (that offset), -N (the last N), @TIME (the first at that time or later)',
      )
        .default({ kind: 'beginning' } satisfies PositionSpec, 'beginning')
        .argParser(withMessage(parseFrom)),
    )
    .option(
      '--to <place>',
      'where to stop: end (as it is now), N (before that offset), @TIME (before it)',
      withMessage(parseTo),
    )
    .option('--partition <number>', 'only this partition', withMessage(wholeNumber))
    .option('--book <id>', 'only this book, whose one partition is all that is read', withMessage(identifier))
    .option('--user <id>', 'only events of this user', withMessage(identifier))
    .option('--type <name>', 'only this type; several: repeat it, or separate them by commas', typeNames)
    .addOption(new Option('--format <name>', 'how rows are written').choices([...FORMATS]).default('ndjson'))
    .option('--output <file>', 'write to this file, which is there once it is complete; else stdout')
    .option('--follow', 'go on with what is appended from now on, until Ctrl-C or --limit')
    .option('--limit <number>', 'stop after so many rows', withMessage(wholeNumber))
    .option(
      '--threads <number>',
      'how many threads read side by side, for ndjson and csv; default: 2 where there is much to read',
      withMessage(wholeNumber),
    );
}

function wholeNumber(text: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new RangeError('Write a whole number, 0 or more');
  return Number(text);
}

function identifier(text: string): string {
  if (!isId(text)) throw new RangeError(`An ID is ${ID_RULE}`);
  return text;
}

function typeNames(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((name) => name.trim())];
}

/**
 * Finds options that contradict each other.
 * @returns a sentence, or undefined where there are none
 */
export function contradiction(
  { follow, to, format, output, limit }: EventsOptions,
  stdoutIsTerminal: boolean,
): string | undefined {
  if (follow && to) return '--follow goes on past the end: leave out --to, or --follow.';
  if (format !== 'parquet') return undefined;
  if (follow && limit === undefined)
    return 'A Parquet file is readable once it is complete: with --follow, say by --limit when it is.';
  if (stdoutIsTerminal && output === undefined)
    return 'Parquet is nothing to look at: name a file with --output, or pipe it somewhere.';
  return undefined;
}

export const TIMES =
  'TIME is a date or time in ISO 8601 (UTC where it names no zone), milliseconds since 1970, or an age such as -1h or -7d.';
