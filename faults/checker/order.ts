import { formatPosition } from '../../infra/event-log/log';
import type { RunHistory } from '../history';
import type { Finding } from './finding';
import type { StreamIndex } from './stream-index';

interface Placed {
  readonly offset: number;
  readonly place: string;
  /** The earliest and the latest moment at which it can have been recorded, as its client knows. */
  readonly from: number;
  readonly until: number;
  readonly name: string;
}

/**
 * Whether the order of each book is an order of real time: what was acknowledged before another request of the same book began
 * stands before it.
 */
export function checkOrder(
  { operations }: Pick<RunHistory, 'operations'>,
  { byTrace }: StreamIndex,
): Finding[] {
  const books = new Map<string, Placed[]>();
  for (const { trace, attempts, wanted } of operations) {
    const records = byTrace.get(trace) ?? [];
    const acknowledged = attempts.find(({ result }) => result.kind === 'ok');
    // With two events it is not known which attempt made which: that is another finding.
    if (records.length !== 1 || !attempts[0]) continue;
    const [{ position }] = records as [(typeof records)[number]];
    const placed: Placed = {
      offset: position.offset,
      place: formatPosition(position),
      from: attempts[0].startedAt,
      until: acknowledged?.endedAt ?? Infinity,
      name: `${wanted.type} of ${wanted.bookId}`,
    };
    books.set(wanted.bookId, [...(books.get(wanted.bookId) ?? []), placed]);
  }
  return [...books.values()].flatMap(checkBook);
}

/** In the order of the stream: none may have been acknowledged before one that stands ahead of it began. */
function checkBook(placed: readonly Placed[]): Finding[] {
  const findings: Finding[] = [];
  let latest: Placed | undefined;
  for (const each of [...placed].sort((a, b) => a.offset - b.offset)) {
    if (latest && each.until < latest.from) {
      findings.push({
        kind: 'reordered',
        message: `${each.name} at ${each.place} was acknowledged ${Math.round(latest.from - each.until)} ms before ${latest.name} began, which stands ahead of it at ${latest.place}`,
      });
    }
    if (!latest || each.from > latest.from) latest = each;
  }
  return findings;
}
