import type { Viewer } from '../../../schemas/access';
import type { CopyResource, HistoryEntryResource, ReservationResource } from './resources';

/**
 * What callers are not shown of other people. A patron is shown their own things whole, and of others' nothing that would name them
 * or lead from one answer to another: neither user nor reservation nor copy. An analyst is shown no user.
 *
 * Users are null and not pseudonyms: an analyst may ask for the reservations of a user, so a pseudonym in the answer would
 * tell whose it is in all others.
 */
export class Masks {
  /** Whose things are shown whole; undefined: nobody's. */
  private readonly self: string | undefined;
  private readonly isMasked: boolean;

  constructor({ caller, scope }: Viewer) {
    this.isMasked = scope === 'masked';
    this.self = caller.role === 'patron' ? caller.name : undefined;
  }

  reservation(reservation: ReservationResource): ReservationResource {
    if (!this.isMasked || this.isSelf(reservation.userId)) return reservation;
    const masked = { ...reservation, userId: null };
    return this.self === undefined ? masked : { ...masked, reservationId: null, copyId: null };
  }

  copy(copy: CopyResource): CopyResource {
    if (!this.isMasked || copy.userId === null || this.isSelf(copy.userId)) return copy;
    const masked = { ...copy, userId: null };
    return this.self === undefined ? masked : { ...masked, reservationId: null };
  }

  /**
   * History entries of a book.
   * @param ownAmong those of the reservations that are the user's
   */
  async history(
    entries: readonly HistoryEntryResource[],
    ownAmong: (reservationIds: readonly string[], user: string) => Promise<ReadonlySet<string>>,
  ): Promise<HistoryEntryResource[]> {
    if (!this.isMasked) return [...entries];
    const { self } = this;
    if (self === undefined) return entries.map(withoutUser);
    const named = entries.flatMap(({ data }) =>
      typeof data['reservationId'] === 'string' ? [data['reservationId']] : [],
    );
    const own = named.length === 0 ? new Set<string>() : await ownAmong([...new Set(named)], self);
    return entries.map((entry) => ({ ...entry, data: ownPart(entry.data, self, own) }));
  }

  private isSelf(user: string | null): boolean {
    return this.self !== undefined && user === this.self;
  }
}

type Data = HistoryEntryResource['data'];

function withoutUser(entry: HistoryEntryResource): HistoryEntryResource {
  return 'userId' in entry.data ? { ...entry, data: { ...entry.data, userId: null } } : entry;
}

/**
 * The fields of an event but those about somebody else. A reservation is judged by whose it is, and not by who the event says
 * asked: that may have been another. Copies that are added, withdrawn or returned are nobody's.
 */
function ownPart(data: Data, self: string, own: ReadonlySet<string>): Data {
  const { userId, reservationId, copyId, ...others } = data;
  const isUser = userId === self;
  const isOwn = reservationId === undefined ? isUser || userId === undefined : own.has(String(reservationId));
  return {
    ...(copyId !== undefined && isOwn && { copyId }),
    ...(reservationId !== undefined && isOwn && { reservationId }),
    ...(userId !== undefined && (isUser || (userId === null && isOwn)) && { userId }),
    ...others,
  };
}
