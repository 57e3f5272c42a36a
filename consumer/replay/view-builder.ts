import type { BatchContext, Log, LogBatch, PartitionBounds } from '../../infra/event-log/log';
import type { AnyEvent } from '../../schemas/event-set';
import type { BatchProjector } from '../projector/batch-projector';
import type { PartitionState } from '../projector/checkpoint';

/** How many batches are projected concurrently, each of another partition. */
const CONCURRENCY = 6;

export interface ViewBuilderOptions {
  readonly log: Pick<Log, 'read'>;
  readonly topic: string;
  readonly projector: Pick<BatchProjector<AnyEvent>, 'apply'>;
  readonly checkpoints: { stateOf(partition: number): Promise<PartitionState> };
  readonly signal: AbortSignal;
  /** Called before anything is read: fills a view that is empty, up to where it likes. */
  fill?(ranges: readonly PartitionBounds[], signal: AbortSignal): Promise<void>;
  /** Called before a batch is projected, and awaited. */
  beforeBatch?(batch: LogBatch, context: BatchContext): Promise<void> | undefined;
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
}

/**
 * Projects a topic into a view of its own, from where that one stands: outside of the live consumers' groups, and like the
 * projector each partition in order.
 */
export class ViewBuilder {
  private readonly states = new Map<number, PartitionState>();
  /** The work on each partition, one batch after the other. */
  private readonly chains = new Map<number, Promise<void>>();
  private readonly stopping: AbortSignal;
  private readonly stopper = new AbortController();
  private inFlight = 0;
  private failure: Error | undefined;
  private allows: (batch: LogBatch) => boolean = () => true;
  private change: (() => void)[] = [];

  constructor(private readonly options: ViewBuilderOptions) {
    this.stopping = AbortSignal.any([options.signal, this.stopper.signal]);
    this.stopping.addEventListener('abort', () => this.recheck(), { once: true });
  }

  /** Where a partition stands: the offset of the next record to be projected. */
  offsetOf(partition: number): number {
    return this.states.get(partition)?.offset ?? 0;
  }

  /**
   * Reads on up to the ends; with infinite ones it goes on until it is stopped.
   * @throws {Error} of the view or the log that no retry helps against; the view stands between two batches then
   */
  async run(ranges: readonly PartitionBounds[]): Promise<void> {
    const { log, topic, checkpoints, signal } = this.options;
    await this.options.fill?.(ranges, this.stopping);
    for (const { partition } of ranges) this.states.set(partition, await checkpoints.stateOf(partition));
    const from = ranges.map((range) => ({
      ...range,
      start: Math.max(range.start, this.offsetOf(range.partition)),
    }));
    for await (const batch of log.read(topic, { ranges: from, signal: this.stopping })) {
      while (this.mustWait(batch)) await this.changed();
      if (this.failure || this.stopping.aborted) break;
      this.enqueue(batch);
    }
    await this.idle();
    if (this.failure) throw this.failure;
    signal.throwIfAborted();
  }

  /** From now on only batches that the condition allows are begun. The others wait, with all that follows them. */
  restrict(allows: (batch: LogBatch) => boolean): void {
    this.allows = allows;
    this.recheck();
  }

  /** To be called when the condition may allow more than before. */
  recheck(): void {
    const changed = this.change;
    this.change = [];
    for (const resolve of changed) resolve();
  }

  /** Begins no further batch, and resolves when those in progress are stored. */
  async pause(): Promise<void> {
    this.restrict(() => false);
    await this.idle();
  }

  /** Ends `run` after the batches in progress. */
  stop(): void {
    this.stopper.abort();
  }

  private mustWait(batch: LogBatch): boolean {
    if (this.failure || this.stopping.aborted) return false;
    return this.inFlight >= CONCURRENCY || !this.allows(batch);
  }

  private enqueue(batch: LogBatch): void {
    this.inFlight += 1;
    const before = this.chains.get(batch.partition) ?? Promise.resolve();
    const done = before
      .then(() => (this.failure ? undefined : this.project(batch)))
      .catch((error: Error) => void (this.failure ??= error))
      .finally(() => {
        this.inFlight -= 1;
        this.recheck();
      });
    this.chains.set(batch.partition, done);
  }

  private async project(batch: LogBatch): Promise<void> {
    const { partition, records } = batch;
    const context: BatchContext = { heartbeat: () => Promise.resolve(), signal: this.stopping };
    const state = this.states.get(partition)!;
    await this.options.beforeBatch?.(batch, context);
    this.states.set(partition, await this.options.projector.apply(batch, state, context));
    this.options.onProgress?.(records.length);
  }

  private async idle(): Promise<void> {
    while (this.inFlight > 0) await this.changed();
  }

  private changed(): Promise<void> {
    return new Promise((resolve) => this.change.push(resolve));
  }
}
