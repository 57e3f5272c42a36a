import { Problem, type ProblemKind } from '../../infra/http/problem';
import type { Position } from '../../infra/event-log/log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { isTransient } from '../../infra/postgres/errors';

const LONGEST_WAIT_MS = 5_000;
/** A new connection is opened now and then; hardly ever so many, one during each answer. */
const MOST_ANSWERS = 10;

export const NOT_CAUGHT_UP: ProblemKind = {
  status: 503,
  code: 'not-caught-up',
  title: 'The view has not caught up yet',
};

/** What knows how far a view is. */
export interface Watcher {
  /** As long as this stays the same, the database has lost nothing that it held. */
  readonly connections: number;
  reaches(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
}

/** Every read of a view passes through here: `?after=` is waited for, and a database that is away is answered 503. */
export class ReadGate {
  constructor(
    private readonly watcher: Watcher,
    private readonly partitions: number,
  ) {}

  /**
   * @param answer called once the view holds the event at `after`
   * @throws {Problem} 400 for a partition that the topic does not have, or that is not the book's, 503 `not-caught-up` after 5 s, 503 `unavailable`
   */
  async read<Q extends { after?: Position | undefined }, T>(
    request: { readonly params: object; readonly query: Q; readonly signal: AbortSignal },
    answer: (query: Q) => Promise<T>,
  ): Promise<T> {
    const { after } = request.query;
    try {
      if (!after) return await answer(request.query);
      this.assertPossible(after, request.params);
      return await this.readAfter(after, request.signal, () => answer(request.query));
    } catch (error) {
      if (!isTransient(error)) throw error;
      throw Problem.unavailable('The views cannot be read at the moment. Writes are still taken.', 1);
    }
  }

  /**
   * A database that takes another's place may lack what that one held. Then the answer may be its own, though it was the other one
   * that had caught up: so an answer counts, be it an error, if no connection was opened since the view was asked for.
   */
  private async readAfter<T>(after: Position, signal: AbortSignal, answer: () => Promise<T>): Promise<T> {
    for (let left = MOST_ANSWERS; left > 0; left -= 1) {
      const { connections } = this.watcher;
      if (!(await this.watcher.reaches(after, LONGEST_WAIT_MS, signal))) break;
      const [answered] = await Promise.allSettled([answer()]);
      if (connections !== this.watcher.connections) continue;
      if (answered.status === 'fulfilled') return answered.value;
      throw answered.reason;
    }
    throw Problem.unavailable('The view has not reached that position yet. Ask again.', 1, NOT_CAUGHT_UP);
  }

  /** A position that no event of the book can have would be waited for in vain. */
  private assertPossible({ partition }: Position, params: object): void {
    const refuse = (message: string) => {
      throw Problem.invalid([{ path: 'after', message }]);
    };
    if (partition >= this.partitions) refuse(`must name a partition from 0 to ${this.partitions - 1}`);
    if (!('bookId' in params) || typeof params.bookId !== 'string') return;
    const own = partitionOf(Buffer.from(params.bookId), this.partitions);
    if (partition !== own)
      refuse(`must be a position in partition ${own}, in which all events of this book are`);
  }
}
