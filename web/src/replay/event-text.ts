import { explain, formatNumber, m, text } from '../i18n/i18n';
import { isMasked, type Step } from './replay';

type Change = Step['changes'][number];

/** Who somebody is, as far as the caller is told. */
export const nameOf = (userId: string): string => (isMasked(userId) ? m.events.somebody : userId);

/** What happened, in a sentence. */
export function whatHappened({ entry: { type, data } }: Step): string {
  const words = m.events.types as Readonly<Record<string, string>>;
  const known = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  const values = {
    copy: known('copyId') ?? m.events.aCopy,
    user: known('userId') ?? (type === 'ReservationCancelled' ? m.events.staff : m.events.somebody),
    title: known('title') ?? '',
  };
  return text(words[type] ?? type, values);
}

/** What it came to, and why, in sentences. */
export function whatCameOfIt({ entry, changes, waiting }: Step): string[] {
  if (entry.code !== null) return [text(m.events.refused, { why: explain(entry.code) })];
  const copyOf = (reservationId: string | null) =>
    changes.some((each) => each.kind === 'copy' && each.copy.reservationId === reservationId);
  return changes.flatMap((change) => sentenceOf(change, waiting, copyOf));
}

function sentenceOf(change: Change, waiting: number, isGiven: (reservationId: string) => boolean): string[] {
  if (change.kind === 'catalogued') return [m.events.catalogued];
  if (change.kind === 'copy') {
    const { copyId: copy, status, userId } = change.copy;
    if (status === 'reserved') return [text(m.events.setAside, { copy, user: nameOf(userId ?? '') })];
    if (status === 'available') return [text(m.events.onTheShelf, { copy })];
    return status === 'withdrawn' ? [text(m.events.gone, { copy })] : [];
  }
  const { status, suspended, reservationId, userId } = change.reservation;
  const user = nameOf(userId);
  switch (status) {
    case 'waiting':
      if (suspended) return [text(m.events.passedOver, { user })];
      return [text(m.events.waits, { user, count: waiting, waiting: formatNumber(waiting) })];
    case 'ready':
      return isGiven(reservationId) ? [] : [text(m.events.ready, { user })];
    case 'fulfilled':
      return [text(m.events.fulfilled, { user })];
    default:
      return [];
  }
}

/** How it looks. */
export function toneOf({ entry: { code, type } }: Step): 'bad' | 'good' | 'wait' | 'info' | '' {
  if (code !== null) return 'bad';
  if (type === 'BookReserved' || type === 'ReservationResumed') return 'info';
  if (type === 'CopyBorrowed') return 'wait';
  return type === 'CopyAdded' || type === 'CopyReturned' ? 'good' : '';
}
