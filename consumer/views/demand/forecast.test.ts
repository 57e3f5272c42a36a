import fc from 'fast-check';
import { forecast, loanTimes, type LoanEvent } from './forecast';

const DAY = 86_400_000;
const on = (day: number, type: LoanEvent['type'], copyId = 'c1'): LoanEvent => ({
  type,
  copyId,
  occurredAt: day * DAY,
});

describe('the loans of a book', () => {
  test('are each borrowing with the next return of the same copy, whatever other copies do', () => {
    const events = [
      on(0, 'CopyBorrowed', 'c1'),
      on(1, 'CopyBorrowed', 'c2'),
      on(4, 'CopyReturned', 'c2'),
      on(10, 'CopyReturned', 'c1'),
      on(11, 'CopyBorrowed', 'c1'),
      on(12, 'CopyReturned', 'c1'),
    ];
    expect(loanTimes(events)).toEqual([3 * DAY, 10 * DAY, 1 * DAY]);
  });

  test('leave out one that is not over, one that a withdrawal ended, and a return of which the borrowing is not known', () => {
    expect(
      loanTimes([
        on(0, 'CopyReturned'),
        on(1, 'CopyBorrowed'),
        on(2, 'CopyWithdrawn'),
        on(3, 'CopyReturned'),
        on(4, 'CopyBorrowed'),
      ]),
    ).toEqual([]);
  });

  test('are never shorter than 0, though the clock of the return may be behind', () => {
    expect(loanTimes([on(5, 'CopyBorrowed'), on(4, 'CopyReturned')])).toEqual([0]);
  });
});

describe('the forecast', () => {
  const book = { copies: 2, available: 0, waiting: 3, loans: [10 * DAY, 20 * DAY] };

  test('is the place in the queue times the mean loan, shared by the copies', () => {
    expect(forecast(book)).toEqual({ loans: 2, meanLoanDays: 15, expectedWaitDays: 30 });
  });

  test('is no wait while a copy is free', () => {
    expect(forecast({ ...book, available: 1, waiting: 0 })).toMatchObject({ expectedWaitDays: 0 });
  });

  test('is nothing without loans to go by, and nothing without copies', () => {
    expect(forecast({ ...book, loans: [] })).toEqual({
      loans: 0,
      meanLoanDays: null,
      expectedWaitDays: null,
    });
    expect(forecast({ ...book, copies: 0 })).toMatchObject({ meanLoanDays: 15, expectedWaitDays: null });
  });

  test('never gets shorter when more people wait, and never longer when there are more copies', () => {
    const nat = fc.nat(50);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), nat, nat, (copies, waiting, more) => {
        const wait = (input: object) => forecast({ ...book, copies, waiting, ...input }).expectedWaitDays!;
        expect(wait({ waiting: waiting + more })).toBeGreaterThanOrEqual(wait({}));
        expect(wait({ copies: copies + more })).toBeLessThanOrEqual(wait({}));
      }),
    );
  });
});
