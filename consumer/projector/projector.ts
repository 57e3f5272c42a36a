import {
  FencedError,
  type BatchContext,
  type Log,
  type LogBatch,
  type Subscription,
} from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import type { AnyEvent } from '../../schemas/event-set';
import { BatchProjector, type BatchProjectorOptions } from './batch-projector';
import type { ProjectorMetrics } from './metrics';
import { CheckpointHeldError, type PartitionState } from './checkpoint';
import { retryWhileTransient } from './transient-retry';

export interface ProjectorOptions<E extends AnyEvent> extends BatchProjectorOptions<E> {
  readonly log: Log;
  /** Its consumer group; members of one group share the partitions. */
  readonly group: string;
  readonly checkpoints: { stateOf(partition: number): Promise<PartitionState> };
  readonly logger: Logger;
  readonly metrics: ProjectorMetrics;
  /** How many partitions are projected concurrently. */
  readonly concurrency?: number;
  /** Called with the partitions that this instance is assigned from now on. */
  onAssigned?(partitions: readonly number[]): void;
  onFatal(error: Error): void;
}

/**
 * The one loop that serves every view: it projects the partitions that the group assigns, from the checkpoints on, until it
 * is closed.
 */
export class Projector<E extends AnyEvent> {
  private readonly batchProjector: BatchProjector<E>;
  /** Where the partitions stand, as far as it is known since the last rebalance. */
  private readonly states = new Map<number, PartitionState>();
  private subscription: Subscription | undefined;

  constructor(private readonly options: ProjectorOptions<E>) {
    this.batchProjector = new BatchProjector(options);
  }

  async start(): Promise<void> {
    const { log, topic, group, projection, logger, onFatal, concurrency = 6 } = this.options;
    this.subscription = await log.subscribe({
      topic,
      group,
      concurrency,
      positionOf: (partition, context) => this.positionOf(partition, context),
      handle: (batch, context) => this.handle(batch, context),
      onAssigned: (partitions) => {
        projection.forget();
        this.states.clear();
        this.options.metrics.assigned(partitions);
        this.options.onAssigned?.(partitions);
        logger.info({ group, partitions }, 'partitions assigned');
      },
      onFatal,
    });
  }

  /** Finishes the batches in progress and leaves the group. */
  async close(): Promise<void> {
    await this.subscription?.close();
  }

  private async positionOf(partition: number, context: BatchContext): Promise<number> {
    const { checkpoints, logger } = this.options;
    const stored = await retryWhileTransient(
      'reading the stored position',
      () => checkpoints.stateOf(partition),
      (error) => isTransient(error) || error instanceof CheckpointHeldError,
      context,
      logger,
    );
    // A batch that was projected meanwhile leaves a newer state than the one that was read before it.
    const known = this.states.get(partition);
    if (!known || stored.epoch > known.epoch || stored.offset >= known.offset) {
      this.states.set(partition, stored);
    }
    return stored.offset;
  }

  private async handle(batch: LogBatch, context: BatchContext): Promise<void> {
    const { partition, fromOffset } = batch;
    const state = this.states.get(partition);
    // The blocked books are those of this very offset: with another state events would overtake a dead record of their book.
    if (state?.offset !== fromOffset) {
      this.states.delete(partition);
      throw new FencedError(
        `partition ${partition} is not known to stand at ${fromOffset}: another instance moved it on`,
      );
    }
    try {
      this.reached(partition, await this.batchProjector.apply(batch, state, context));
    } catch (error) {
      if (this.states.get(partition) === state) this.states.delete(partition);
      throw error;
    }
  }

  /** Notes where a partition stands, unless it was taken away or its state was read anew, and is not older, meanwhile. */
  private reached(partition: number, state: PartitionState): void {
    const known = this.states.get(partition);
    if (known && known.epoch <= state.epoch && known.offset <= state.offset)
      this.states.set(partition, state);
  }
}
