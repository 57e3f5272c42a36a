import { setTimeout as delay } from 'node:timers/promises';
import {
  FencedError,
  formatPosition,
  type BatchContext,
  type LogBatch,
  type LogRecord,
} from '../../infra/event-log/log';
import { CheckpointHeldError, type PartitionHold, type PartitionState } from '../projector/checkpoint';
import type { Held, HeldRecord, Standing } from './dead-letter-retrier';
import type { HeldBooks } from './held-books';

export interface PartitionRetryOptions {
  readonly heldBooks: Pick<HeldBooks, 'read' | 'release'>;
  readonly retrier: {
    retry(records: readonly HeldRecord[], standing: Standing, context: BatchContext): Promise<void>;
    forget(partition: number): void;
  };
  readonly checkpoints: { stateOf(partition: number): Promise<PartitionState> };
  /** See `holdPartition`. */
  hold(partition: number): Promise<PartitionHold | undefined>;
  /** The positions (`formatPosition`) of records that were discarded. */
  discarded(): Promise<ReadonlySet<string>>;
  readonly signal: AbortSignal;
  /** How many records one transaction projects at most. */
  readonly batchSize?: number;
}

/** So often the projector may park a new record before a book is released. Then it is held, so that the retry ends. */
const RACES = 3;
const PAUSE_MS = 25;
/** Longer than any hold. */
const LONGEST_WAIT_MS = 15_000;

/**
 * Retries what is set aside in one partition, as its records are read once from the oldest on. Each batch is one transaction:
 * if the process dies in between, the rest stays set aside.
 *
 * The projector may run meanwhile. It parks new events of the books. A book is released when the retry has projected all of
 * its records up to the checkpoint; that comparison locks the checkpoint.
 */
export class PartitionRetry {
  private readonly books: ReadonlyMap<string, Held>;
  private readonly singles: ReadonlyMap<number, Held>;
  private readonly going: Set<Held>;
  private state: Standing & { readonly offset: number };
  private dead: ReadonlySet<number> = new Set();
  private discarded: ReadonlySet<string> = new Set();
  /** Records that are set aside, or will be when the consumer comes to them. */
  private pending: HeldRecord[] = [];
  /** All records before this offset were read. */
  private scanned = 0;
  private races = 0;
  private held: PartitionHold | undefined;

  /** @param of what to retry; each entry tells the result afterwards */
  constructor(
    private readonly partition: number,
    of: readonly Held[],
    private readonly options: PartitionRetryOptions,
  ) {
    this.going = new Set(of);
    this.books = new Map(of.flatMap((each) => (each.bookId === null ? [] : [[each.bookId, each]])));
    this.singles = new Map(of.flatMap((each) => (each.bookId === null ? [[each.fromOffset, each]] : [])));
    this.state = { partition, epoch: 0, offset: 0 };
  }

  get isDone(): boolean {
    return this.going.size === 0;
  }

  /** Reads what is held up. @returns from where on the partition has to be read, if it is not done */
  async begin(): Promise<number> {
    await this.refresh();
    this.scanned = Math.min(...[...this.going].map(({ fromOffset }) => fromOffset));
    if (!this.isDone) await this.takeWhatWaits();
    return this.scanned;
  }

  /** Takes the next records of the partition: they follow those of the last call. */
  async accept({ records, nextOffset }: LogBatch): Promise<void> {
    if (this.isDone) return;
    for (const record of records) {
      const of = this.ofRecord(record);
      if (of) this.pending.push({ record, of, isDead: false });
    }
    this.scanned = nextOffset;
    await this.takeWhatWaits();
  }

  /** Lets the projector go on, if it was held. */
  async close(): Promise<void> {
    await this.held?.release();
    this.held = undefined;
  }

  private ofRecord(record: LogRecord): Held | undefined {
    const single = this.singles.get(record.offset);
    const of = single ?? (record.key === null ? undefined : this.books.get(record.key.toString()));
    if (!of || !this.going.has(of) || record.offset < of.fromOffset) return undefined;
    return this.discarded.has(formatPosition(record)) ? undefined : of;
  }

  private async takeWhatWaits(): Promise<void> {
    const { batchSize = 500 } = this.options;
    while (!this.isDone) {
      const waiting = this.countWaiting();
      if (waiting >= batchSize || (waiting > 0 && this.scanned >= this.state.offset)) {
        await this.take(this.pending.slice(0, Math.min(waiting, batchSize)));
      } else if (this.scanned >= this.state.offset) {
        await this.release();
      } else {
        return;
      }
    }
    await this.close();
  }

  /** How many of the pending records the consumer has come to, and set aside. */
  private countWaiting(): number {
    const { offset } = this.state;
    const beyond = this.pending.findIndex(({ record }) => record.offset >= offset);
    return beyond === -1 ? this.pending.length : beyond;
  }

  private async take(records: readonly HeldRecord[]): Promise<void> {
    const known = records.map((each) => ({ ...each, isDead: this.dead.has(each.record.offset) }));
    try {
      await this.options.retrier.retry(known, this.state, this.context);
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      await this.refresh();
    }
    this.forgetWhatIsDone();
  }

  /** Releases the books of which nothing waits any more. The others got new records meanwhile. */
  private async release(): Promise<void> {
    const { heldBooks, retrier } = this.options;
    const firstPending = new Map<Held, number>();
    for (const { of, record } of this.pending.toReversed()) firstPending.set(of, record.offset);
    const clear = [...this.going].flatMap((of) => {
      const { bookId, fromOffset } = of;
      return bookId === null
        ? []
        : [{ bookId, fromOffset, clearUntil: firstPending.get(of) ?? this.scanned }];
    });
    const released = await heldBooks.release(this.partition, this.state.epoch, clear);
    retrier.forget(this.partition);
    for (const bookId of released?.bookIds ?? []) this.going.delete(this.books.get(bookId)!);
    this.forgetWhatIsDone();
    if (this.isDone) return;
    this.races += 1;
    await this.refresh();
  }

  private forgetWhatIsDone(): void {
    for (const of of this.going) {
      if (of.failed || (of.bookId === null && of.applied > 0)) this.going.delete(of);
    }
    this.pending = this.pending.filter(
      ({ of, record }) => this.going.has(of) && record.offset >= of.fromOffset,
    );
  }

  /** Reads where the consumer stands, then what it has set aside. What another process has completed is done. */
  private async refresh(): Promise<void> {
    const { heldBooks, discarded } = this.options;
    const { offset, epoch } = await this.standing();
    this.state = { partition: this.partition, offset, epoch };
    this.discarded = await discarded();
    const of = [...this.going];
    const bookIds = of.flatMap(({ bookId }) => (bookId === null ? [] : [bookId]));
    const offsets = of.flatMap(({ bookId, fromOffset }) => (bookId === null ? [fromOffset] : []));
    const { fromOffsets, dead } = await heldBooks.read(this.partition, bookIds, offsets);
    this.dead = dead;
    for (const each of of) {
      const from = each.bookId === null ? each.fromOffset : fromOffsets.get(each.bookId);
      if (from === undefined || (each.bookId === null && !dead.has(from))) this.going.delete(each);
      else each.fromOffset = from;
    }
    this.pending = this.pending.filter(
      ({ of: each, record }) => this.ofRecord(record) === each && record.offset >= each.fromOffset,
    );
  }

  private async standing(): Promise<Omit<PartitionState, 'blocked'>> {
    const { checkpoints, hold, signal } = this.options;
    await this.close();
    const deadline = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      signal.throwIfAborted();
      try {
        const state = await checkpoints.stateOf(this.partition);
        if (this.races < RACES) return state;
        this.held = await hold(this.partition);
        if (this.held) return this.held;
      } catch (error) {
        if (!(error instanceof CheckpointHeldError) || Date.now() > deadline) throw error;
      }
      await delay(PAUSE_MS, undefined, { signal });
    }
  }

  private get context(): BatchContext {
    return { heartbeat: () => Promise.resolve(), signal: this.options.signal };
  }
}
