import type { Pool } from 'pg';
import type { LibraryEvent } from '../../schemas/generated/events';
import { reservationsBeyond, usersBeyond } from './limit';
import type { UsersWithNews } from './users-with-news';

export interface LimitPolicyOptions {
  readonly pool: Pool;
  /** How many open reservations a user may have. */
  readonly limit: number;
  /** Whoever gets a reservation that is open is added to them. */
  readonly users: UsersWithNews;
  /** Whether the view is close enough to the end of the stream to decide on it. */
  readonly isFresh: () => Promise<boolean>;
}

/** Of how many users one query looks at the reservations. */
const PART = 500;

/**
 * Cancels what users have beyond the limit of open reservations. It looks only at those who got a reservation since it looked
 * last, at the beginning once at all.
 *
 * On a view that is behind it decides nothing: what it would keep may be closed already, and then a reservation that the
 * user may have would be cancelled.
 */
export class LimitPolicy {
  private hasLookedAtAll = false;

  constructor(private readonly options: LimitPolicyOptions) {}

  /** The cancellations that are due now, part by part. */
  async *decide(): AsyncGenerator<LibraryEvent[]> {
    const { pool, limit, users, isFresh } = this.options;
    if (!this.hasLookedAtAll) {
      for (const user of await usersBeyond(limit, pool)) users.add(user);
      this.hasLookedAtAll = true;
    }
    const parts = users.parts(PART);
    if (parts.length === 0 || !(await isFresh())) return;
    for (const part of parts) {
      const beyond = await reservationsBeyond(limit, pool, [...part.keys()]);
      const unsettled = new Set(beyond.map(({ userId }) => userId));
      // Who has something beyond the limit is looked at again, until the view shows that it is no longer so.
      for (const [user, news] of part) if (!unsettled.has(user)) users.settle(user, news);
      yield beyond.flatMap(({ cancellation }) => (cancellation ? [cancellation] : []));
    }
  }
}
