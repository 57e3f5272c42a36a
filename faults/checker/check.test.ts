import fc from 'fast-check';
import type { LibraryEvent, Outcome } from '../../schemas/generated/events';
import type { Attempt, Operation, RunHistory } from '../history';
import { check } from './check';
import type { FindingKind } from './finding';
import { flawlessRuns } from './testing';

const kindsOf = (run: RunHistory) => [...new Set(check(run).map(({ kind }) => kind))];

/** The run with its middle operation, and the record of that, changed. */
function withOperation(run: RunHistory, change: (operation: Operation) => Operation): RunHistory {
  const at = Math.floor(run.operations.length / 2);
  return { ...run, operations: run.operations.with(at, change(run.operations[at]!)) };
}

/** What the clients were told stays, and the stream and all that follows from it does without this record. */
function withoutRecord(run: RunHistory, at: number): RunHistory {
  return { ...run, stream: run.stream.toSpliced(at, 1) };
}

const answered = (result: Attempt['result']) => (operation: Operation) => ({
  ...operation,
  attempts: [{ ...operation.attempts[0]!, result }],
});

/** The run in which the last reservation was made while another reader had its copy set aside. */
function withPromise(run: RunHistory): RunHistory {
  const ready = run.outcomes.find((outcome) => outcome.type === 'ReservationReady')!;
  const at = run.stream.findIndex(({ event }) => event.type === 'BookReserved' && event.userId === 'second');
  const second = run.stream[at]!.event as Extract<LibraryEvent, { type: 'BookReserved' }>;
  const outcomes = run.outcomes.map((outcome): Outcome => {
    if (outcome.reservationId !== second.reservationId || outcome.type !== 'ReservationWaitlisted')
      return outcome;
    const { queuePosition: _, ...common } = outcome;
    return { ...common, type: 'ReservationReady', copyId: ready.copyId, pickupBy: ready.pickupBy };
  });
  return { ...run, outcomes, decided: outcomes };
}

type Plant = (run: RunHistory) => RunHistory;

/** One for each way of breaking a promise: what is changed in a flawless run, and what must be found then. */
const PLANTS: readonly [string, FindingKind, Plant][] = [
  ['an acknowledged record that is not there', 'lost', (run) => withoutRecord(run, 5)],
  [
    'an acknowledged record at another position',
    'lost',
    (run) =>
      withOperation(run, (operation) => {
        const { result } = operation.attempts[0]!;
        if (result.kind !== 'ok') return operation;
        return answered({ ...result, position: { partition: 0, offset: 0 } })(operation);
      }),
  ],
  [
    'a record of another book than was asked for',
    'altered',
    (run) => withOperation(run, (op) => ({ ...op, wanted: { ...op.wanted, bookId: 'walden' } })),
  ],
  [
    'a refused request that was recorded',
    'false refusal',
    (run) => withOperation(run, answered({ kind: 'failed', reason: '503' })),
  ],
  [
    'a request that was recorded under two event IDs',
    'doubled',
    (run) => {
      const first = run.stream[0]!;
      const second = { ...first, position: { partition: 0, offset: run.stream.length } };
      const event = { ...first.event, eventId: 'another' } as LibraryEvent;
      return { ...run, stream: [...run.stream, { ...second, event }] };
    },
  ],
  ['a record that nobody asked for', 'invented', (run) => ({ ...run, operations: run.operations.slice(1) })],
  [
    'two requests of one book that were recorded the other way round',
    'reordered',
    (run) => {
      const operations = run.operations.map((operation, i) => {
        const startedAt = 10 * (run.operations.length - i);
        const attempts = operation.attempts.map((each) => ({ ...each, startedAt, endedAt: startedAt + 5 }));
        return { ...operation, attempts };
      });
      return { ...run, operations };
    },
  ],
  ['a copy that was set aside for two', 'promised twice', withPromise],
  [
    'a read that shows less than it asked for',
    'stale read',
    (run) => ({ ...run, reads: run.reads.map((read) => ({ ...read, sees: null })) }),
  ],
  [
    'a read that shows less than the one before',
    'read went back',
    (run) => ({
      ...run,
      reads: run.reads.map((read) =>
        read.after === null ? { ...read, sees: { partition: 0, offset: -1 } } : read,
      ),
    }),
  ],
  ['an outcome that is missing', 'wrong outcomes', (run) => ({ ...run, outcomes: run.outcomes.slice(1) })],
  [
    'an outcome that no event decided',
    'wrong outcomes',
    (run) => ({ ...run, outcomes: [...run.outcomes, { ...run.outcomes[0]!, eventId: 'another' }] }),
  ],
  ['outcomes in another order', 'wrong outcomes', (run) => ({ ...run, outcomes: run.outcomes.toReversed() })],
  ['a notice that is missing', 'wrong notices', (run) => ({ ...run, notices: run.notices.slice(1) })],
  [
    'a notice that nothing called for',
    'wrong notices',
    (run) => ({ ...run, notices: [...run.notices, { noticeId: 'x', kind: 'ready', reservationId: 'y' }] }),
  ],
  [
    'a notice that is there twice',
    'wrong notices',
    (run) => ({ ...run, notices: run.notices.concat(run.notices) }),
  ],
  ['an event that had no effect', 'wrong history', (run) => ({ ...run, history: run.history.slice(1) })],
  [
    'an event that took effect twice',
    'wrong history',
    (run) => ({ ...run, history: run.history.concat(run.history) }),
  ],
  [
    'a stored position that went back',
    'progress went back',
    (run) => ({ ...run, progress: run.progress.toReversed() }),
  ],
  [
    'a view that differs',
    'view differs',
    (run) => ({ ...run, differences: ['availability: 1 book differs'] }),
  ],
];

describe('the checker', () => {
  test('finds nothing in a run in which every promise was kept', () => {
    fc.assert(
      fc.property(flawlessRuns, (run) => expect(check(run)).toEqual([])),
      { numRuns: 50 },
    );
  });

  test.each(PLANTS)('finds %s: %s', (_what, kind, plant) => {
    fc.assert(
      fc.property(flawlessRuns, (run) => expect(kindsOf(plant(run))).toContain(kind)),
      { numRuns: 20 },
    );
  });

  test('takes a repeated record for no finding, nor a read after its repetition', () => {
    const repeated = (run: RunHistory) => {
      const position = { partition: 0, offset: run.stream.length };
      const [read] = run.reads as [RunHistory['reads'][0]];
      const record = run.stream[read.sees!.offset]!;
      const reads = [...run.reads, { ...read, startedAt: 1e6, endedAt: 1e6, after: position }];
      return { ...run, reads, stream: [...run.stream, { ...record, position }] };
    };
    fc.assert(
      fc.property(flawlessRuns, (run) => expect(check(repeated(run))).toEqual([])),
      { numRuns: 20 },
    );
  });

  test('takes an unknown request as recorded or not', () => {
    const unknown = (run: RunHistory) => withOperation(run, answered({ kind: 'unknown', reason: '504' }));
    fc.assert(
      fc.property(flawlessRuns, (run) => expect(check(unknown(run))).toEqual([])),
      { numRuns: 20 },
    );
  });

  describe('where the database may have gone back', () => {
    /** The stored position goes back at 100, to be regained at 200; before, between and after, somebody reads all that there is. */
    function regressed(run: RunHistory, { shownAt = [], shows = 0 }: { shownAt?: number[]; shows?: number }) {
      const end = run.stream.length;
      const progress = [0, end, shows, end].map((nextOffset, i) => ({
        ...{ at: [0, 50, 150, 200][i]!, consumer: 'availability', partition: 0, nextOffset },
      }));
      const [read] = run.reads as [RunHistory['reads'][0]];
      const of = (at: number, offset: number) => ({
        ...read,
        ...{ startedAt: at, endedAt: at + 1, after: null, sees: { partition: 0, offset } },
      });
      const reads = [of(60, end - 1), ...shownAt.map((at) => of(at, shows - 1)), of(300, end - 1)];
      return { ...run, progress, reads };
    }
    const wentBack = [{ startedAt: 90, endedAt: 110 }];
    const found = (run: RunHistory, spans = wentBack) => [
      ...new Set(check(run, { wentBack: spans }).map(({ kind }) => kind)),
    ];
    const always = (property: (run: RunHistory) => void) =>
      fc.assert(fc.property(flawlessRuns, property), { numRuns: 20 });

    test('it finds nothing in a position that went back then, nor in a read until that is regained', () => {
      always((run) => expect(found(regressed(run, { shownAt: [120, 199], shows: 2 }))).toEqual([]));
    });

    test('it finds them at any other time', () => {
      always((run) => {
        const early = regressed(run, { shownAt: [120], shows: 2 });
        const elsewhere = [{ startedAt: 160, endedAt: 190 }];
        expect(found(early, elsewhere)).toEqual(['read went back', 'progress went back']);
        expect(found(regressed(run, { shownAt: [201], shows: 2 }))).toEqual(['read went back']);
        expect(found(regressed(run, { shownAt: [80], shows: 2 }))).toEqual(['read went back']);
      });
    });

    test('it finds a stale read all the same', () => {
      always((run) => {
        const stale = run.reads.map((read) => ({ ...read, sees: null }));
        expect(found({ ...run, reads: stale }, [{ startedAt: 0, endedAt: 1e9 }])).toContain('stale read');
      });
    });
  });

  test('accounts for the events of other writers', () => {
    const foreign = (run: RunHistory) => ({
      ...run,
      operations: run.operations.slice(1),
      stream: run.stream.with(0, { ...run.stream[0]!, trace: null, source: '/elsewhere' }),
    });
    fc.assert(
      fc.property(flawlessRuns, (run) =>
        expect(check(foreign(run), { foreign: ['/elsewhere'] })).toEqual([]),
      ),
      { numRuns: 20 },
    );
  });
});
