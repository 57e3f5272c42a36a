import { Argument, Command, CommanderError, Option } from 'commander';
import { FULL, QUICK, type Settings } from './settings';

export const PARTS = [
  'writes',
  'access',
  'hostile',
  'codecs',
  'projecting',
  'hot',
  'parked',
  'reads',
  'visible',
  'notices',
  'live',
  'resuming',
  'export',
  'sql',
  'rebuilding',
] as const;

export type PartName = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly PartName[];
  readonly settings: Settings;
  /** The file for the figures as JSON. */
  readonly json: string | undefined;
  /** Whether the figures are kept in the docs. */
  readonly record: boolean;
}

/**
 * Reads the command line.
 * @returns the options, or the exit code after a usage error or `--help`, which has been printed
 */
export function parseOptions(args: readonly string[]): BenchOptions | { readonly exitCode: number } {
  const command = new Command('bench')
    .description(
      'Measures the platform against the limits that it promises to keep, on servers of its own that are thrown away. ' +
        'Where KAFKA_BROKERS, DATABASE_URL and SCHEMA_REGISTRY_URL are all set, on those.',
    )
    .addArgument(new Argument('[parts...]', 'what to measure; none = all').choices([...PARTS]))
    .option('--quick', 'a few seconds each, to see that it works; the figures are worth nothing')
    .option('--json <file>', 'write the figures to a file as well')
    .addOption(
      new Option(
        '--record',
        'keep the figures in docs/benchmarks.json, and draw docs/benchmarks.svg',
      ).conflicts('quick'),
    )
    .exitOverride();
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2 };
    throw error;
  }
  const {
    quick,
    json,
    record = false,
  } = command.opts<{ quick?: boolean; json?: string; record?: boolean }>();
  const parts = command.args as PartName[];
  return { parts: parts.length === 0 ? PARTS : parts, settings: quick ? QUICK : FULL, json, record };
}
