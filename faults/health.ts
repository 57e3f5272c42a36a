import { partitionOf } from '../infra/event-log/murmur2';
import { PARTITIONS } from '../schemas/topics';
import type { Finding } from './checker/finding';
import type { Operation } from './history';

/** A time during which some partitions could be written to, and others perhaps not. Milliseconds of the suite's clock. */
export interface HealthyWindow {
  readonly from: number;
  readonly until: number;
  /** The partitions of the stream that could be written to all the time. */
  readonly partitions: ReadonlySet<number>;
  /** Whether idempotency keys could be claimed all the time. */
  readonly keyed: boolean;
}

/** The writes that concern only partitions that could be written to. */
export interface Healthy {
  readonly writes: number;
  /** Of these, how many were acknowledged at their first attempt. */
  readonly acknowledged: number;
}

/** So much of what can be written has to be, while other partitions cannot be written to. */
const LEAST_SHARE = 0.95;

/** What became of the writes that were begun during the windows, and that needed nothing that was not there. */
export function healthyWrites(
  operations: readonly Operation[],
  windows: readonly HealthyWindow[],
): Healthy | null {
  if (windows.length === 0) return null;
  const writes = operations.filter((operation) => windows.some((window) => isPossible(operation, window)));
  const acknowledged = writes.filter(({ attempts: [first] }) => first?.result.kind === 'ok');
  return { writes: writes.length, acknowledged: acknowledged.length };
}

function isPossible({ wanted, keyed, attempts: [first] }: Operation, window: HealthyWindow): boolean {
  if (!first || first.startedAt < window.from || first.startedAt >= window.until) return false;
  if (keyed && !window.keyed) return false;
  return window.partitions.has(partitionOf(Buffer.from(wanted.bookId), PARTITIONS));
}

/** Whether partitions that could be written to were held up by the others. */
export function checkHealthy(healthy: Healthy | null): Finding[] {
  if (!healthy || healthy.acknowledged >= LEAST_SHARE * healthy.writes) return [];
  const { writes, acknowledged } = healthy;
  return [
    {
      kind: 'held up',
      message: `of ${writes} writes to partitions that could be written to, ${acknowledged} were acknowledged at once`,
    },
  ];
}
