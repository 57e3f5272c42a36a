import { formatPosition, type Position } from '../../infra/event-log/log';
import type { ProgressSample, Read, RunHistory, Span } from '../history';
import type { Finding } from './finding';
import type { StreamIndex } from './stream-index';

/**
 * Whether every read with `after` shows the position that it asked for, and none shows less than a read before it.
 * @param wentBack when the database may have gone back: until it has regained what was shown before, a read that asks for no
 *   position may show less
 */
export function checkReads(
  { reads, progress }: Pick<RunHistory, 'reads' | 'progress'>,
  index: StreamIndex,
  wentBack: readonly Span[],
): Finding[] {
  const reservations = new Map<string, Read[]>();
  for (const read of reads) {
    const id = `${read.bookId} ${read.reservationId}`;
    const known = reservations.get(id);
    if (known) known.push(read);
    else reservations.set(id, [read]);
  }
  const isExcused = (seen: Seen, read: Read) =>
    wentBack.some(
      (span) =>
        seen.startedAt < span.endedAt &&
        read.endedAt > span.startedAt &&
        read.startedAt < regainedAt(progress, span, seen.position),
    );
  return [
    ...reads.flatMap((read) => checkFresh(read, index)),
    ...[...reservations.values()].flatMap((ofOne) => checkMonotonic(ofOne, isExcused)),
  ];
}

/** What the reads so far have shown at most, and when the last one of those began. */
interface Seen {
  readonly position: Position;
  readonly startedAt: number;
}

/** When the view was known to hold the event at the position again. */
function regainedAt(progress: RunHistory['progress'], { endedAt }: Span, position: Position): number {
  const again = progress.find(
    ({ at, consumer, partition, nextOffset }) =>
      at > endedAt &&
      consumer === 'availability' &&
      partition === position.partition &&
      nextOffset > position.offset,
  );
  return again?.at ?? Infinity;
}

/**
 * Readers ask with the position of an event of this very reservation, so its last change is there or later; where that is a
 * repeated record, which changes nothing, at its first one or later.
 */
function checkFresh({ bookId, reservationId, after, sees }: Read, { at, byEvent }: StreamIndex): Finding[] {
  if (after === null) return [];
  const first = byEvent.get(at.get(formatPosition(after))?.event.eventId ?? '')?.position ?? after;
  if (sees !== null && sees.offset >= first.offset) return [];
  const shown = sees === null ? 'nothing' : formatPosition(sees);
  const message = `reservation ${reservationId} of ${bookId}, read after ${formatPosition(after)}, showed ${shown}`;
  return [{ kind: 'stale read', message }];
}

function checkMonotonic(reads: readonly Read[], isExcused: (seen: Seen, read: Read) => boolean): Finding[] {
  const findings: Finding[] = [];
  const byEnd = [...reads].sort((a, b) => a.endedAt - b.endedAt);
  let ended = 0;
  let seen: Seen | undefined;
  for (const read of [...reads].sort((a, b) => a.startedAt - b.startedAt)) {
    for (; ended < byEnd.length && byEnd[ended]!.endedAt < read.startedAt; ended += 1)
      seen = later(seen, byEnd[ended]!);
    if (!seen || (read.sees !== null && read.sees.offset >= seen.position.offset)) continue;
    if (isExcused(seen, read)) continue;
    const shown = read.sees === null ? 'nothing' : formatPosition(read.sees);
    findings.push({
      kind: 'read went back',
      message: `reservation ${read.reservationId} of ${read.bookId} showed ${formatPosition(seen.position)}, and later ${shown}`,
    });
  }
  return findings;
}

function later(seen: Seen | undefined, { sees, startedAt }: Read): Seen | undefined {
  if (sees === null || (seen && sees.offset < seen.position.offset)) return seen;
  const same = seen?.position.offset === sees.offset;
  return { position: sees, startedAt: same ? Math.max(seen!.startedAt, startedAt) : startedAt };
}

/** Whether no stored position ever went back, but with the database. */
export function checkProgress(
  { progress }: Pick<RunHistory, 'progress'>,
  wentBack: readonly Span[],
): Finding[] {
  const findings: Finding[] = [];
  const last = new Map<string, ProgressSample>();
  for (const sample of progress) {
    const id = `${sample.consumer}, partition ${sample.partition}`;
    const before = last.get(id);
    last.set(id, sample);
    if (!before || sample.nextOffset >= before.nextOffset) continue;
    if (wentBack.some(({ startedAt, endedAt }) => before.at <= endedAt && sample.at >= startedAt)) continue;
    findings.push({
      kind: 'progress went back',
      message: `${id}: from ${before.nextOffset} to ${sample.nextOffset}`,
    });
  }
  return findings;
}
