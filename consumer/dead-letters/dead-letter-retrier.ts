import { FencedError, type BatchContext, type LogRecord } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import { UndecodableError } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import { deadRecord, type SetAsideRecord } from '../projector/set-aside-record';
import { isPoison } from '../projector/poison';
import type { HeldAdvance, PositionedEvent, Projection } from '../projector/projection';
import { retryWhileTransient } from '../projector/transient-retry';
import { decodeInPlace, learnSchemas, type TriageOptions } from '../projector/triage';

export interface DeadLetterRetrierOptions<E extends AnyEvent> extends TriageOptions<E> {
  readonly projection: Projection<E>;
  readonly logger: Logger;
}

/** A book that is held up, or a single dead record that holds up none, and how far a retry has come with it. */
export interface Held {
  /** Null: a single record. */
  readonly bookId: string | null;
  /** From this offset on its records wait. */
  fromOffset: number;
  /** How many events were projected. */
  applied: number;
  /** The record that still cannot be projected, and holds up the rest. */
  failed?: SetAsideRecord | undefined;
}

export interface HeldRecord {
  readonly record: LogRecord;
  readonly of: Held;
  /** Whether it is stored as dead, and does not only wait. */
  readonly isDead: boolean;
}

/** Where the records of a retry are set aside. */
export interface Standing {
  readonly partition: number;
  readonly epoch: number;
}

/** What one transaction makes of some records. */
interface Sorted<E extends AnyEvent> {
  readonly taken: HeldRecord[];
  readonly events: PositionedEvent<E>[];
  readonly failed: HeldRecord[];
  /** Those that failed, as they are stored. */
  readonly dead: SetAsideRecord[];
}

/** Projects records that were set aside, in their order, each book up to the first that still cannot be projected. */
export class DeadLetterRetrier<E extends AnyEvent> {
  constructor(private readonly options: DeadLetterRetrierOptions<E>) {}

  /**
   * Projects the records in one transaction; if the view fails on one of them, in as many as it takes to find out on which.
   * What is stored is noted in `Held`.
   * @param records of one partition, from the oldest on; of each book all that wait from its `fromOffset` up to the last
   * @throws {FencedError} when a book, or the partition's epoch, has changed: read what is held up again
   */
  async retry(records: readonly HeldRecord[], standing: Standing, context: BatchContext): Promise<void> {
    const { decoder, logger } = this.options;
    const going = records.filter(({ of }) => of.failed === undefined);
    if (going.length === 0) return;
    await learnSchemas(
      decoder,
      going.map(({ record }) => record),
      context,
      logger,
    );
    const sorted = this.sort(going);
    try {
      await this.store(sorted, standing, context);
    } catch (error) {
      if (!isPoison(error) || sorted.events.length === 0) throw error;
      const [only, ...others] = going as [HeldRecord, ...HeldRecord[]];
      if (others.length === 0) return this.store(this.asDead(only, error as Error), standing, context);
      const half = Math.ceil(going.length / 2);
      await this.retry(going.slice(0, half), standing, context);
      await this.retry(going.slice(half), standing, context);
    }
  }

  /** Forgets what is cached of a partition: others change its books. */
  forget(partition: number): void {
    this.options.projection.forget(partition);
  }

  private sort(records: readonly HeldRecord[]): Sorted<E> {
    const sorted: Sorted<E> = { taken: [], events: [], failed: [], dead: [] };
    const stopped = new Set<Held>();
    for (const each of records) {
      if (stopped.has(each.of)) continue;
      try {
        sorted.events.push(decodeInPlace(each.record, this.options));
        sorted.taken.push(each);
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        stopped.add(each.of);
        sorted.failed.push(each);
        sorted.dead.push(deadRecord(each.record, error, each.of.bookId, this.options.forgotten));
      }
    }
    return sorted;
  }

  private asDead(only: HeldRecord, error: Error): Sorted<E> {
    const dead = deadRecord(only.record, error, only.of.bookId, this.options.forgotten);
    return { taken: [], events: [], failed: [only], dead: [dead] };
  }

  private async store(
    { taken, events, failed, dead }: Sorted<E>,
    { partition, epoch }: Standing,
    context: BatchContext,
  ): Promise<void> {
    const { projection, logger } = this.options;
    const books = advances(taken, failed);
    const revived = taken.filter(({ isDead }) => isDead).map(({ record }) => record.offset);
    const batch = { partition, epoch, events, books, revived, setAside: dead };
    try {
      await retryWhileTransient('projecting', () => projection.project(batch), isTransient, context, logger);
    } catch (error) {
      if (error instanceof FencedError) projection.forget(partition);
      throw error;
    }
    for (const { of, record } of taken) {
      of.applied += 1;
      of.fromOffset = record.offset + 1;
    }
    for (const [at, { of, record }] of failed.entries()) {
      of.fromOffset = record.offset;
      of.failed = dead[at];
    }
  }
}

/** How far each book comes: beyond its last record that is taken, or to the one that failed. */
function advances(taken: readonly HeldRecord[], failed: readonly HeldRecord[]): HeldAdvance[] {
  const books = new Map<Held, { nextOffset: number; parked: number }>();
  const advance = ({ of, isDead }: HeldRecord, nextOffset: number) => {
    const parked = (books.get(of)?.parked ?? 0) + (isDead ? 0 : 1);
    books.set(of, { nextOffset, parked });
  };
  for (const each of taken) advance(each, each.record.offset + 1);
  for (const each of failed) advance(each, each.record.offset);
  return [...books].flatMap(([{ bookId, fromOffset }, moved]) =>
    bookId === null ? [] : [{ bookId, fromOffset, ...moved }],
  );
}
