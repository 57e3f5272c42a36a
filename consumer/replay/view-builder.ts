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
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
}

/**
 * Projects a topic into an empty view, from its beginning: outside of the live consumers' groups, and like the projector each
 * partition in order.
 */
export class ViewBuilder {
  private readonly states = new Map<number, PartitionState>();
  /** The work on each partition, one batch after the other. */
  private readonly chains = new Map<number, Promise<void>>();
  private readonly stopping: AbortSignal;
  private readonly stopper = new AbortController();
  private inFlight = 0;
  private failure: Error | undefined;
  private gate: { readonly opened: Promise<void>; open(): void } | undefined;
  private change: (() => void)[] = [];

  constructor(private readonly options: ViewBuilderOptions) {
    this.stopping = AbortSignal.any([options.signal, this.stopper.signal]);
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
    for (const { partition } of ranges) this.states.set(partition, await checkpoints.stateOf(partition));
    const from = ranges.map((range) => ({
      ...range,
      start: Math.max(range.start, this.offsetOf(range.partition)),
    }));
    for await (const batch of log.read(topic, { ranges: from, signal: this.stopping })) {
      await this.gate?.opened;
      while (this.inFlight >= CONCURRENCY && !this.failure) await this.changed();
      if (this.failure || this.stopping.aborted) break;
      this.enqueue(batch);
    }
    await this.idle();
    if (this.failure) throw this.failure;
    signal.throwIfAborted();
  }

  /** Starts no further batch, and resolves when those in progress are stored. */
  async pause(): Promise<void> {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.gate = { opened, open };
    await this.idle();
  }

  resume(): void {
    this.gate?.open();
    this.gate = undefined;
  }

  /** Ends `run` after the batches in progress. */
  stop(): void {
    this.stopper.abort();
    this.resume();
  }

  private enqueue(batch: LogBatch): void {
    this.inFlight += 1;
    const before = this.chains.get(batch.partition) ?? Promise.resolve();
    const done = before
      .then(() => (this.failure ? undefined : this.project(batch)))
      .catch((error: Error) => void (this.failure ??= error))
      .finally(() => {
        this.inFlight -= 1;
        const changed = this.change;
        this.change = [];
        for (const resolve of changed) resolve();
      });
    this.chains.set(batch.partition, done);
  }

  private async project(batch: LogBatch): Promise<void> {
    const { partition, records } = batch;
    const context: BatchContext = { heartbeat: () => Promise.resolve(), signal: this.stopping };
    const state = this.states.get(partition)!;
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
