import {
  FencedError,
  type BatchContext,
  type Log,
  type LogBatch,
  type Subscription,
} from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { Poller } from '../../infra/poller';
import { isTransient } from '../../infra/postgres/errors';
import type { AnyEvent } from '../../schemas/event-set';
import { ForgottenUnreadableError } from '../../schemas/forgotten/forgotten-users';
import { BatchProjector, type BatchProjectorOptions } from './batch-projector';
import type { ProjectorMetrics } from './metrics';
import { CheckpointHeldError, type Checkpoints, type PartitionState } from './checkpoint';
import { retryWhileTransient } from './transient-retry';

export interface ProjectorOptions<E extends AnyEvent> extends BatchProjectorOptions<E> {
  readonly log: Log;
  /** Its consumer group; members of one group share the partitions. */
  readonly group: string;
  readonly checkpoints: Pick<Checkpoints, 'stateOf' | 'positions'>;
  readonly logger: Logger;
  readonly metrics: ProjectorMetrics;
  /** How many partitions are projected concurrently. */
  readonly concurrency?: number;
  /** How often the stored positions are looked at, in milliseconds. */
  readonly lookInterval?: number;
  /** Called with the partitions that this instance is assigned from now on. */
  onAssigned?(partitions: readonly number[]): void;
  onFatal(error: Error): void;
}

/** How long a quiet partition may lack what the database has lost. */
const LOOK_INTERVAL_MS = 2_000;

/** Whether the state of a partition can be read a moment later. */
const mayPass = (error: unknown) =>
  isTransient(error) || error instanceof CheckpointHeldError || error instanceof ForgottenUnreadableError;

/**
 * The one loop that serves every view: it projects the partitions that the group assigns, from the checkpoints on, until it
 * is closed.
 */
export class Projector<E extends AnyEvent> {
  private readonly batchProjector: BatchProjector<E>;
  /** Where the partitions stand, as far as it is known since the last rebalance. */
  private readonly states = new Map<number, PartitionState>();
  private subscription: Subscription | undefined;
  private readonly looking: Poller;

  constructor(private readonly options: ProjectorOptions<E>) {
    this.batchProjector = new BatchProjector(options);
    const { lookInterval: interval = LOOK_INTERVAL_MS, logger } = options;
    this.looking = new Poller({
      work: () => this.lookBack().then(() => false),
      interval,
      onError: (error) => logger.debug({ err: error }, 'the stored positions could not be looked at'),
    });
  }

  async start(): Promise<void> {
    const { log, topic, group, projection, logger, onFatal, concurrency = 3 } = this.options;
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
    this.looking.start();
  }

  /** Finishes the batches in progress and leaves the group. */
  async close(): Promise<void> {
    // At the same time: a look may wait for the database until the subscription ends.
    await Promise.all([this.looking.close(), this.subscription?.close()]);
  }

  private async positionOf(partition: number, context: BatchContext): Promise<number> {
    const { checkpoints, projection, logger } = this.options;
    const before = this.states.get(partition);
    const stored = await retryWhileTransient(
      'reading the stored position',
      () => checkpoints.stateOf(partition),
      mayPass,
      context,
      logger,
    );
    // A batch that was projected meanwhile leaves a newer state than the one that was read before it.
    const known = this.states.get(partition);
    const isNewer = known && known !== before && known.epoch >= stored.epoch && known.offset > stored.offset;
    if (isNewer) return stored.offset;
    // What is in memory belongs to where the partition stood. It may even be ahead: a database can lose its last commits.
    if (known?.offset !== stored.offset || known.epoch !== stored.epoch) projection.forget(partition);
    this.states.set(partition, stored);
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
      if (error instanceof FencedError) this.options.metrics.fenced();
      throw error;
    }
  }

  /**
   * Finds partitions whose stored position is before where they stood: the database has lost its last commits, as one may that
   * crashed or took another's place. The next batch would be fenced off, and only in a partition to which nothing is written any
   * more would nobody notice.
   */
  private async lookBack(): Promise<void> {
    const known = [...this.states];
    const stored = await this.options.checkpoints.positions();
    for (const [partition, state] of known) {
      if ((stored.get(partition) ?? 0) >= state.offset || this.states.get(partition) !== state) continue;
      this.options.logger.warn(
        { partition, stood: state.offset, stored: stored.get(partition) },
        'the database has lost its last commits; what they held is projected again',
      );
      await this.subscription?.reread(partition);
    }
  }

  /** Notes where a partition stands, unless it was taken away or its state was read anew, and is not older, meanwhile. */
  private reached(partition: number, state: PartitionState): void {
    const known = this.states.get(partition);
    if (known && known.epoch <= state.epoch && known.offset <= state.offset)
      this.states.set(partition, state);
  }
}
