import type { Operation } from '../history';
import type { FigureTable } from './figure-table';

/** A stretch of time: the writes of the readers who are there all the time, and the most memory that each process held, in MB. */
export interface Phase {
  readonly operations: readonly Operation[];
  readonly seconds: number;
  readonly memory: ReadonlyMap<string, number>;
}

export interface Overload {
  readonly calm: Phase;
  readonly over: Phase;
  /** Writes a second that were accepted when all connections waited for their answers. */
  readonly capacity: number;
  /** The writes of the overload itself, each tried once. */
  readonly sent: readonly Operation[];
  readonly seconds: number;
}

/** How much slower than without load an accepted write may be at its p99. */
const SLOWER = 4;
const MOST_MEMORY = 400;

/** What the platform did with ten times the load that it takes, beside what it did before. */
export function overloadTable({ calm, over, capacity, sent, seconds }: Overload): FigureTable {
  const everybody = [...sent, ...over.operations];
  const slow = quantileOf(over.operations, 0.99) / quantileOf(calm.operations, 0.99);
  const memory = (phase: Phase) => Math.max(...phase.memory.values());
  const others = everybody.filter((each) => kindOf(each) === 'other');
  const limited = (text: string, holds: boolean) => `${text}${holds ? '' : ': **short**'}`;
  return {
    title: 'Ten times the load that it takes',
    columns: ['', 'before', 'under it', 'limit'],
    rows: [
      ['offered, a second', perSecond(calm.operations, calm.seconds), perSecond(everybody, seconds), ''],
      ['accepted', shareOf(calm, 'accepted'), perSecond(of(everybody, 'accepted'), seconds), ''],
      ['503 with Retry-After', shareOf(calm, 'refused'), perSecond(of(everybody, 'refused'), seconds), ''],
      [
        'answered otherwise',
        String(of(calm.operations, 'other').length),
        reasonsOf(others),
        limited('none', others.length === 0),
      ],
      ['accepted writes, p50', ms(calm, 0.5), ms(over, 0.5), ''],
      ['p99', ms(calm, 0.99), ms(over, 0.99), limited(`≤ ${SLOWER} × before`, slow <= SLOWER)],
      [
        'memory of the largest process',
        `${memory(calm).toFixed(0)} MB`,
        `${memory(over).toFixed(0)} MB`,
        limited(`≤ ${MOST_MEMORY} MB`, memory(over) <= MOST_MEMORY),
      ],
    ],
    note:
      `It takes ${capacity.toFixed(0)} writes a second. "Offered" is what a process on the same machine could send of ten times that. ` +
      'The times are those of the readers who are there all the time.',
  };
}

type Kind = 'accepted' | 'refused' | 'other';

/** What the first attempt came to. */
function kindOf({ attempts: [first] }: Operation): Kind {
  if (first?.result.kind === 'ok') return 'accepted';
  return first?.result.kind === 'failed' && /^503 [a-z-]+$/.test(first.result.reason) ? 'refused' : 'other';
}

const of = (operations: readonly Operation[], kind: Kind) =>
  operations.filter((each) => kindOf(each) === kind);

const perSecond = (operations: readonly Operation[], seconds: number) =>
  (operations.length / seconds).toFixed(0);

const shareOf = ({ operations, seconds }: Phase, kind: Kind) => perSecond(of(operations, kind), seconds);

const ms = ({ operations }: Phase, part: number) => `${quantileOf(operations, part).toFixed(0)} ms`;

function quantileOf(operations: readonly Operation[], part: number): number {
  const times = of(operations, 'accepted')
    .map(({ attempts: [first] }) => first!.endedAt - first!.startedAt)
    .sort((a, b) => a - b);
  return times[Math.floor(part * (times.length - 1))] ?? NaN;
}

function reasonsOf(operations: readonly Operation[]): string {
  const counts = new Map<string, number>();
  for (const { attempts } of operations) {
    const result = attempts[0]?.result;
    const reason = result && 'reason' in result ? result.reason : '';
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${reason} ×${count}`).join(', ') || '0';
}
