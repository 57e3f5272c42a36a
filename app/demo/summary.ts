import type { Answer } from './client';

/** Counts the answers to many writes. */
export class Tally {
  readonly refusals = new Map<string, number>();
  /** The newest position of an accepted write, by partition. */
  readonly newest = new Map<number, number>();
  accepted = 0;
  retries = 0;
  private readonly times: number[] = [];

  add({ status, body, ms, retries }: Answer): void {
    this.retries += retries;
    if (status < 200 || status > 299) {
      const code = typeof body['code'] === 'string' ? body['code'] : `HTTP ${status}`;
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      return;
    }
    this.accepted += 1;
    this.times.push(ms);
    this.notePosition(body['position']);
  }

  /** Milliseconds within which this share of the accepted requests was answered; 0 where there were none. */
  quantile(share: number): number {
    return quantile(this.times, share);
  }

  private notePosition(position: unknown): void {
    const [partition, offset] = typeof position === 'string' ? position.split(':').map(Number) : [];
    if (partition === undefined || offset === undefined) return;
    this.newest.set(partition, Math.max(this.newest.get(partition) ?? 0, offset));
  }
}

/** The smallest value that is at least as large as this share of all; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
}

/** One line: how many, how fast, what was refused. */
export function describeTally(tally: Tally, seconds: number): string {
  const rate = Math.round(tally.accepted / Math.max(seconds, 0.001));
  const times = `p50 ${tally.quantile(0.5).toFixed(1)} ms, p99 ${tally.quantile(0.99).toFixed(1)} ms`;
  const retried = tally.retries > 0 ? `, ${count(tally.retries)} sent again` : '';
  return `${count(tally.accepted)} accepted in ${seconds.toFixed(1)} s (${count(rate)}/s; ${times}${retried}), refused: ${describeCodes(tally.refusals)}`;
}

/** `3 already-reserved, 1 unknown-book`, or `none`. */
export function describeCodes(codes: ReadonlyMap<string, number>): string {
  if (codes.size === 0) return 'none';
  const sorted = [...codes].sort(([, a], [, b]) => b - a);
  return sorted.map(([code, times]) => `${count(times)} ${code}`).join(', ');
}

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en');
}
