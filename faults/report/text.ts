import type { Healthy } from '../health';
import type { ScenarioResult } from '../scenario';
import { textOf } from './figure-table';
import { figuresOf, type Figures, type Spread } from './figures';

const MOST_FINDINGS = 10;

export function seconds(spread: Spread | undefined): string {
  if (!spread) return '–';
  return `${(spread.p50 / 1_000).toFixed(1)} · ${(spread.max / 1_000).toFixed(1)} s`;
}

/** How many of the writes were acknowledged at once that concerned only partitions that could be written to. */
export function share(healthy: Healthy | undefined): string {
  if (!healthy) return '–';
  return healthy.writes === 0 ? 'none' : `${((100 * healthy.acknowledged) / healthy.writes).toFixed(1)} %`;
}

/** A scenario in a line, and a line for each of its findings. */
export function describeScenario(result: ScenarioResult): string {
  const { findings } = result;
  const shown = findings
    .slice(0, MOST_FINDINGS)
    .map(({ kind, message }) => `  ${kind.toUpperCase()}: ${message}`);
  if (findings.length > MOST_FINDINGS) shown.push(`  … and ${findings.length - MOST_FINDINGS} more`);
  const reasons = Object.entries(result.reasons).map(([reason, count]) => `${reason} ×${count}`);
  const told = reasons.length > 0 ? [`  not acknowledged: ${reasons.join(', ')}`] : [];
  told.push(`  acknowledged in ${result.latency.p50} ms, p99 ${result.latency.p99} ms`);
  if (result.healthy)
    told.push(
      `  healthy partitions: ${share(result.healthy)} of ${result.healthy.writes} writes acknowledged at once`,
    );
  if (result.crashes.length > 0) told.push(`  crashes: ${result.crashes.join(', ')}`);
  return [`  ${line(figuresOf('', [result]))}`, ...told, ...shown, ...result.tables.map(textOf)].join('\n');
}

function line(figures: Figures): string {
  const { injected, requests, unknown, refused, repeats, crashes, lost, doubled, reordered, other } = figures;
  return (
    `${injected} faults, ${requests} requests: ${unknown} unknown, ${refused} refused, ${repeats} repeated records, ${crashes} crashes; ` +
    `${lost} lost, ${doubled} doubled, ${reordered} reordered, ${other} other findings; ` +
    `recovery p50 · max: writes ${seconds(figures.writes)}, views ${seconds(figures.views)}`
  );
}

export function summary(results: readonly ScenarioResult[]): string {
  const broken = results.filter(({ findings }) => findings.length > 0);
  const verdict =
    broken.length === 0
      ? 'Every promise was kept.'
      : `Promises were broken: ${broken.map(({ faults }) => faults.join(' + ')).join('; ')}.`;
  return `${results.length} scenarios. ${line(figuresOf('', results))}\n${verdict}`;
}
