/** What happened to a copy and took effect. A withdrawal ends a loan without a return. */
export interface LoanEvent {
  readonly type: 'CopyBorrowed' | 'CopyReturned' | 'CopyWithdrawn';
  readonly copyId: string;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
}

export interface ForecastInput {
  /** Copies that are not withdrawn, and those of them that are free. */
  readonly copies: number;
  readonly available: number;
  readonly waiting: number;
  /** How long each completed loan took, in milliseconds. */
  readonly loans: readonly number[];
}

export interface Forecast {
  /** How many completed loans it is computed from. */
  readonly loans: number;
  readonly meanLoanDays: number | null;
  /** For a reservation made now; null where it cannot be computed. */
  readonly expectedWaitDays: number | null;
}

const DAY_MS = 86_400_000;

/**
 * How long the completed loans took: each borrowing with the next return of the same copy.
 *
 * A loan that a withdrawal ended does not show how long readers keep the book, and is left out. So is a return whose
 * borrowing is before the given events. Clocks may differ: no loan is shorter than 0.
 * @param events in the order of the stream
 */
export function loanTimes(events: Iterable<LoanEvent>): number[] {
  const since = new Map<string, number>();
  const times: number[] = [];
  for (const { type, copyId, occurredAt } of events) {
    const borrowedAt = since.get(copyId);
    since.delete(copyId);
    if (type === 'CopyBorrowed') since.set(copyId, occurredAt);
    else if (type === 'CopyReturned' && borrowedAt !== undefined)
      times.push(Math.max(0, occurredAt - borrowedAt));
  }
  return times;
}

/**
 * How long a reservation made now is likely to wait.
 *
 * With `c` copies that are each on loan for the mean time `m`, one is returned every `m / c`. The reservation at place `p` of
 * the queue needs `p` returns, so it waits `p · m / c`; a new one is at place `waiting + 1`. With a copy free it does not
 * wait. Days on the hold shelf and cancellations are not counted: their effects partly cancel each other.
 */
export function forecast({ copies, available, waiting, loans }: ForecastInput): Forecast {
  const mean = loans.length === 0 ? null : loans.reduce((sum, ms) => sum + ms, 0) / loans.length / DAY_MS;
  const counted = { loans: loans.length, meanLoanDays: mean === null ? null : rounded(mean) };
  if (available > 0) return { ...counted, expectedWaitDays: 0 };
  if (mean === null || copies === 0) return { ...counted, expectedWaitDays: null };
  return { ...counted, expectedWaitDays: rounded(((waiting + 1) * mean) / copies) };
}

/** In hundredths of a day, a quarter of an hour: more digits would suggest a precision that the estimate lacks. */
function rounded(days: number): number {
  return Math.round(days * 100) / 100;
}
