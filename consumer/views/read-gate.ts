import { Problem } from '../../infra/http/problem';
import type { Position } from '../../infra/event-log/log';
import { isTransient } from '../../infra/postgres/errors';

const LONGEST_WAIT_MS = 5_000;

interface Watcher {
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
   * @throws {Problem} 400 for a partition that the topic does not have, 503 `not-caught-up` after 5 s, 503 `unavailable`
   */
  async read<Q extends { after?: Position | undefined }, T>(
    request: { readonly query: Q; readonly signal: AbortSignal },
    answer: (query: Q) => Promise<T>,
  ): Promise<T> {
    const { after } = request.query;
    if (after) await this.catchUp(after, request.signal);
    try {
      return await answer(request.query);
    } catch (error) {
      if (!isTransient(error)) throw error;
      throw Problem.unavailable('The views cannot be read at the moment. Writes are still taken.', 1);
    }
  }

  private async catchUp(after: Position, signal: AbortSignal): Promise<void> {
    if (after.partition >= this.partitions) {
      const message = `must name a partition from 0 to ${this.partitions - 1}`;
      throw Problem.invalid([{ path: 'after', message }]);
    }
    if (await this.watcher.reaches(after, LONGEST_WAIT_MS, signal)) return;
    throw Problem.unavailable('The view has not reached that position yet. Ask again.', 1, {
      code: 'not-caught-up',
      title: 'The view has not caught up yet',
    });
  }
}
