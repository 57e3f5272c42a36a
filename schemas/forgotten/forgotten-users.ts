import { UnknownTopicError, type Log, type Position } from '../../infra/event-log/log';
import type { EventSetName } from '../event-set';
import { erasureAt, erasuresIn, erasuresRecord, hashOf, nameInBook, type Erasure } from './erasure';

/** The one partition of the topic. */
const PARTITION = 0;
/** Of how many users it is remembered whether they were forgotten. */
const MOST_REMEMBERED = 100_000;

/** Who was forgotten cannot be read at present: a transient error. */
export class ForgottenUnreadableError extends Error {
  override readonly name = 'ForgottenUnreadableError';
}

/** Somebody's user ID, book by book, on one topic. */
export interface Mask {
  /** The user ID, or the name that stands for it where it means somebody who was forgotten. */
  user(userId: string, bookId: string, position: Position): string;
  /** The event, with that in place of its `userId`. */
  event<E extends { readonly bookId: string | null }>(event: E, position: Position): E;
  /**
   * Whether somebody was forgotten who may be named at the position. What cannot be decoded there may name them too: its bytes
   * are to be kept nowhere else.
   */
  mayName(position: Position): boolean;
}

/**
 * Who was forgotten, on a compacted topic beside the stream, under the hashes of user IDs. It is as durable as the stream, and
 * views are not: whatever is made of the stream anew leaves the same people out.
 *
 * What is known is as of the last `refresh`.
 */
export class ForgottenUsers {
  private readonly known = new Map<string, readonly Erasure[]>();
  private readonly remembered = new Map<string, readonly Erasure[]>();
  /** By topic and partition, the offset before which somebody may be named who was forgotten. */
  private ends: Readonly<Record<EventSetName, readonly number[]>> = { reservations: [], outcomes: [] };
  private next = 0;
  private reading: Promise<boolean> | undefined;

  constructor(
    private readonly log: Pick<Log, 'bounds' | 'read' | 'createAppender'>,
    private readonly topic: string,
  ) {}

  /**
   * Reads what was added since, up to the present end of the topic.
   * @returns whether there was anything
   * @throws {ForgottenUnreadableError} when that is not possible at present
   */
  async refresh(): Promise<boolean> {
    // A reading that is under way may have looked for the end before now.
    await this.reading?.catch(() => undefined);
    this.reading ??= this.readOn().finally(() => (this.reading = undefined));
    return this.reading;
  }

  /** The erasures of a user, oldest first. */
  erasuresOf(userId: string): readonly Erasure[] {
    return this.known.get(hashOf(userId)) ?? [];
  }

  /** Replaces the erasures of a user. It resolves when all in-sync replicas have them. */
  async store(userId: string, erasures: readonly Erasure[]): Promise<void> {
    const hash = hashOf(userId);
    const appender = this.log.createAppender();
    try {
      const [position] = await appender.append(this.topic, [erasuresRecord(hash, erasures)]);
      if (!position) throw new Error(`Kafka did not acknowledge a record of ${this.topic}`);
    } finally {
      await appender.close();
    }
    this.know(hash, erasures);
  }

  /** For the events of a topic. */
  maskOf(topic: EventSetName): Mask {
    const mayName = ({ partition, offset }: Position) => offset < (this.ends[topic][partition] ?? 0);
    const user: Mask['user'] = (userId, bookId, position) => {
      if (!mayName(position)) return userId;
      const erasure = erasureAt(this.recall(userId), topic, position);
      return erasure ? nameInBook(erasure, bookId) : userId;
    };
    return {
      user,
      mayName,
      event: (event, position) => {
        if (!mayName(position) || event.bookId === null) return event;
        const { userId } = event as { readonly userId?: unknown };
        if (typeof userId !== 'string') return event;
        const shown = user(userId, event.bookId, position);
        return shown === userId ? event : { ...event, userId: shown };
      },
    };
  }

  /** The same as `erasuresOf`, without a hash for each event of a user. */
  private recall(userId: string): readonly Erasure[] {
    let erasures = this.remembered.get(userId);
    if (erasures) return erasures;
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    erasures = this.erasuresOf(userId);
    this.remembered.set(userId, erasures);
    return erasures;
  }

  private async readOn(): Promise<boolean> {
    try {
      const [bounds] = await this.log.bounds(this.topic);
      const end = bounds?.end ?? 0;
      const range = { partition: PARTITION, start: Math.max(this.next, bounds?.start ?? 0), end };
      if (range.start >= end) return false;
      for await (const { records } of this.log.read(this.topic, { ranges: [range] }))
        for (const record of records) {
          const entry = erasuresIn(record);
          if (entry) this.know(...entry);
        }
      this.next = end;
      return true;
    } catch (error) {
      // An installation that has not been deployed since there is such a topic has forgotten nobody.
      if (error instanceof UnknownTopicError) return false;
      throw new ForgottenUnreadableError(
        `Who was forgotten cannot be read from ${this.topic}: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  private know(hash: string, erasures: readonly Erasure[]): void {
    this.known.set(hash, erasures);
    this.remembered.clear();
    for (const erasure of erasures)
      this.ends = {
        reservations: furthest(this.ends.reservations, erasure.reservations),
        outcomes: furthest(this.ends.outcomes, erasure.outcomes),
      };
  }
}

function furthest(one: readonly number[], other: readonly number[]): number[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, partition) =>
    Math.max(one[partition] ?? 0, other[partition] ?? 0),
  );
}
