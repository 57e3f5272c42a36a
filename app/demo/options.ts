import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

export interface DemoOptions {
  readonly books: number;
  readonly reservations: number;
  /** The maximum number of requests in flight. */
  readonly concurrency: number;
  /** Requests a second, with loans and returns; absent: the reservations alone, as fast as they are taken. */
  readonly rate?: number;
}

/** The command line is wrong, or asks for help. The message or the help has been printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** @param exitCode of the process: 0 after `--help`, 2 otherwise */
  constructor(readonly exitCode: number) {
    super('usage');
  }
}

function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`It has to be a whole number from 1 to ${max.toLocaleString('en')}.`);
  };
}

const command = () =>
  new Command('demo')
    .description(
      'Loads books and copies of a real catalogue through the REST API of a running system, then replays real ' +
        'reservations. A second run changes nothing: every request is one that may be repeated. With --rate it does: readers ' +
        'fetch their copies, bring them back and want them again.',
    )
    .option('--books <n>', 'how many books to load', wholeNumber(10_000), 1_000)
    .option('--reservations <n>', 'how many reservations to replay', wholeNumber(80_935), 5_000)
    .addOption(new Option('--all', 'all 10,000 books and 80,935 reservations').default(false))
    .option('--concurrency <n>', 'how many requests are under way at a time', wholeNumber(512), 32)
    .addOption(
      new Option(
        '--rate <n>',
        'so many requests a second, with the loans and returns that follow, to be watched',
      )
        .env('DEMO_RATE')
        .argParser(wholeNumber(1_000)),
    )
    .addHelpText(
      'after',
      '\nThe API is that of make up, or at HTTP_URL, or at HTTP_HOST:HTTP_PORT. Where API_TOKENS or API_TOKENS_FILE is set, its first staff token is used.\n',
    )
    .exitOverride();

/** @throws {UsageError} after printing the error or the help */
export function parseOptions(args: readonly string[]): DemoOptions {
  try {
    const parsed = command().parse([...args], { from: 'user' });
    const { all, ...options } = parsed.opts<DemoOptions & { all: boolean }>();
    return all ? { ...options, books: Infinity, reservations: Infinity } : options;
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
}
