import type { Operation, ProgressSample } from './history';

/** How long after a fault something was wrong, in milliseconds; 0 when nothing was. */
export interface Recovery {
  /** Until the last write that was not acknowledged at its first attempt. */
  readonly writes: number;
  /** Until the view of availability was no longer more than a second behind. */
  readonly views: number;
}

/** A view that is so many milliseconds behind is not yet noticed by a reader. */
const BEHIND_MS = 1_000;

interface Acknowledged {
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/**
 * How long each fault was felt: from its mark until everything went well again, before the next mark.
 * @param marks the moments from which on the platform could recover, in their order
 */
export function recoveriesOf(
  operations: readonly Operation[],
  samples: readonly ProgressSample[],
  marks: readonly number[],
): Recovery[] {
  const troubled = operations.flatMap(({ attempts }) =>
    attempts[0] && attempts[0].result.kind !== 'ok' ? [attempts[0]] : [],
  );
  const late = lateSamples(
    acknowledgedOf(operations),
    samples.filter(({ consumer }) => consumer === 'availability'),
  );
  return marks.map((mark, i) => {
    const until = marks[i + 1] ?? Infinity;
    const last = (times: readonly number[]) =>
      times.reduce((latest, at) => (at >= mark && at < until ? Math.max(latest, at - mark) : latest), 0);
    return { writes: last(troubled.map(({ endedAt }) => endedAt)), views: last(late) };
  });
}

function acknowledgedOf(operations: readonly Operation[]): Acknowledged[] {
  return operations
    .flatMap(({ attempts }) =>
      attempts.flatMap(({ result, endedAt }) =>
        result.kind === 'ok' ? [{ at: endedAt, ...result.position }] : [],
      ),
    )
    .sort((a, b) => a.at - b.at);
}

/** The moments at which the stored position did not hold what had been acknowledged a second before. */
function lateSamples(acknowledged: readonly Acknowledged[], samples: readonly ProgressSample[]): number[] {
  const due = new Map<number, number>();
  let next = 0;
  return samples.flatMap(({ at, partition, nextOffset }) => {
    for (; next < acknowledged.length && acknowledged[next]!.at <= at - BEHIND_MS; next += 1) {
      const { partition: of, offset } = acknowledged[next]!;
      due.set(of, Math.max(due.get(of) ?? 0, offset + 1));
    }
    return nextOffset < (due.get(partition) ?? 0) ? [at] : [];
  });
}
