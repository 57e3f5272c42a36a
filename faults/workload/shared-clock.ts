import type { Operation } from '../history';

/** The zero of this process' clock on the clock that all processes of the machine share, in milliseconds. */
export const clockOrigin = () => Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The operation with its times on a clock that began so much earlier, in milliseconds. */
export function shifted(operation: Operation, by: number): Operation {
  const attempts = operation.attempts.map((attempt) => ({
    ...attempt,
    startedAt: attempt.startedAt + by,
    endedAt: attempt.endedAt + by,
  }));
  return { ...operation, attempts };
}
