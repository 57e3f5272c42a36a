import { FINDING_KINDS } from '../checker/finding';
import type { Healthy } from '../health';
import type { ScenarioResult } from '../scenario';

export interface Spread {
  readonly p50: number;
  readonly max: number;
}

/** The figures of all scenarios of one fault, or of one pair. */
export interface Figures {
  readonly fault: string;
  readonly injected: number;
  readonly requests: number;
  readonly unknown: number;
  readonly refused: number;
  readonly repeats: number;
  readonly crashes: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Findings of all other kinds. */
  readonly other: number;
  /** What became of the writes to partitions that could be written to; undefined where no fault tells. */
  readonly healthy: Healthy | undefined;
  /** Milliseconds; undefined where there was no fault to recover from. */
  readonly writes: Spread | undefined;
  readonly views: Spread | undefined;
}

export function figuresOf(fault: string, results: readonly ScenarioResult[]): Figures {
  const sum = (of: (result: ScenarioResult) => number) =>
    results.reduce((total, each) => total + of(each), 0);
  const found = (...kinds: readonly string[]) =>
    sum(({ findings }) => findings.filter(({ kind }) => kinds.includes(kind)).length);
  const own = ['lost', 'altered', 'doubled', 'reordered'];
  const recoveries = results.flatMap((result) => result.recoveries);
  return {
    fault,
    injected: sum(({ injected }) => injected),
    requests: sum(({ requests }) => requests),
    unknown: sum(({ unknown }) => unknown),
    refused: sum(({ refused }) => refused),
    repeats: sum(({ repeats }) => repeats),
    crashes: sum(({ crashes }) => crashes.length),
    lost: found('lost', 'altered'),
    doubled: found('doubled'),
    reordered: found('reordered'),
    other: found(...FINDING_KINDS.filter((kind) => !own.includes(kind))),
    healthy: healthyOf(results.flatMap(({ healthy }) => healthy ?? [])),
    writes: spreadOf(recoveries.map(({ writes }) => writes)),
    views: spreadOf(recoveries.map(({ views }) => views)),
  };
}

/** One for each fault, and each pair of faults, in the order in which they first happened. */
export function figuresByFault(results: readonly ScenarioResult[]): Figures[] {
  const groups = new Map<string, ScenarioResult[]>();
  for (const result of results) {
    const name = result.faults.join(' + ');
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups].map(([name, group]) => figuresOf(name, group));
}

function healthyOf(all: readonly Healthy[]): Healthy | undefined {
  if (all.length === 0) return undefined;
  return all.reduce((sum, { writes, acknowledged }) => ({
    writes: sum.writes + writes,
    acknowledged: sum.acknowledged + acknowledged,
  }));
}

function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)]!, max: sorted.at(-1)! };
}
