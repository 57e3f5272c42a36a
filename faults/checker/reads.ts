import { formatPosition } from '../../infra/event-log/log';
import type { ProgressSample, Read, RunHistory } from '../history';
import type { Finding } from './finding';
import type { StreamIndex } from './stream-index';

/** Whether every read with `after` shows the position that it asked for, and none shows less than a read before it. */
export function checkReads({ reads }: Pick<RunHistory, 'reads'>, index: StreamIndex): Finding[] {
  const reservations = new Map<string, Read[]>();
  for (const read of reads) {
    const id = `${read.bookId} ${read.reservationId}`;
    const known = reservations.get(id);
    if (known) known.push(read);
    else reservations.set(id, [read]);
  }
  return [
    ...reads.flatMap((read) => checkFresh(read, index)),
    ...[...reservations.values()].flatMap(checkMonotonic),
  ];
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

function checkMonotonic(reads: readonly Read[]): Finding[] {
  const findings: Finding[] = [];
  const byEnd = [...reads].sort((a, b) => a.endedAt - b.endedAt);
  let ended = 0;
  let seen: Read['sees'] = null;
  for (const read of [...reads].sort((a, b) => a.startedAt - b.startedAt)) {
    for (; ended < byEnd.length && byEnd[ended]!.endedAt < read.startedAt; ended += 1) {
      const { sees } = byEnd[ended]!;
      if (sees !== null && (seen === null || sees.offset > seen.offset)) seen = sees;
    }
    if (seen === null || (read.sees !== null && read.sees.offset >= seen.offset)) continue;
    const shown = read.sees === null ? 'nothing' : formatPosition(read.sees);
    findings.push({
      kind: 'read went back',
      message: `reservation ${read.reservationId} of ${read.bookId} showed ${formatPosition(seen)}, and later ${shown}`,
    });
  }
  return findings;
}

/** Whether no stored position ever went back. */
export function checkProgress({ progress }: Pick<RunHistory, 'progress'>): Finding[] {
  const findings: Finding[] = [];
  const last = new Map<string, ProgressSample>();
  for (const sample of progress) {
    const id = `${sample.consumer}, partition ${sample.partition}`;
    const before = last.get(id);
    last.set(id, sample);
    if (!before || sample.nextOffset >= before.nextOffset) continue;
    findings.push({
      kind: 'progress went back',
      message: `${id}: from ${before.nextOffset} to ${sample.nextOffset}`,
    });
  }
  return findings;
}
