import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { Brokers } from '../test/private-servers';

const SOAK_MINUTES = 30;

export interface FaultsOptions {
  /** Ends after the scenario that is under way then. 0: every fault once, and no pairs. */
  readonly minutes: number;
  readonly seed: number;
  /** Only faults whose name holds one of these texts; empty = all. */
  readonly only: readonly string[];
  readonly brokers: Brokers;
  /** Requests a second. */
  readonly rate: number;
  /** Minutes under steady load instead of faults. */
  readonly soak?: number;
  /** The version that runs beside this one: any commit. Absent: one is chosen. */
  readonly old?: string;
  /** Whether the table in the docs is written anew. */
  readonly report: boolean;
}

/**
 * Reads the command line; MINUTES and SEED in the environment are the defaults of their options.
 * @returns the options, or the exit code after a usage error or `--help`, which has been printed
 */
export function parseOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): FaultsOptions | { readonly exitCode: number } {
  const command = new Command('faults')
    .description(
      'Breaks the platform in every way that it promises to survive, on servers of its own, while readers reserve books, and ' +
        'checks every promise from scratch. Ends with 1 when one was broken.',
    )
    .argument('[faults...]', 'only faults whose name holds one of these texts')
    .option('--minutes <number>', 'how long; 0 = each fault once, no pairs', numberOption, 0)
    .option('--seed <number>', 'of the order, the moments and the requests', numberOption, 1)
    .option('--brokers <number>', '1, 3 or 5', brokersOption, 3)
    .option('--rate <number>', 'requests a second', numberOption, 300)
    .option(
      '--old <ref>',
      'the older version for the rolling upgrade: any commit (default: the last release)',
    )
    .option(
      '--soak [minutes]',
      'no faults: a steady load for so long (30), and what grows under it',
      numberOption,
    )
    .option('--report', 'write the table and the JSON in docs/ anew')
    .exitOverride();
  const fromEnv = [
    ...(env['MINUTES'] ? ['--minutes', env['MINUTES']] : []),
    ...(env['SEED'] ? ['--seed', env['SEED']] : []),
  ];
  try {
    command.parse([...fromEnv, ...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2 };
    throw error;
  }
  const { soak, ...options } = command.opts<
    Omit<FaultsOptions, 'only' | 'soak'> & { soak?: number | true }
  >();
  const minutes = soak === true ? SOAK_MINUTES : soak;
  return {
    ...options,
    ...(minutes !== undefined && { soak: minutes }),
    report: options.report ?? false,
    only: command.args,
  };
}

function numberOption(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number, 0 or more.');
  return Number(text);
}

function brokersOption(text: string): Brokers {
  if (text === '1') return 1;
  if (text === '3') return 3;
  if (text === '5') return 5;
  throw new InvalidArgumentError('It must be 1, 3 or 5.');
}
