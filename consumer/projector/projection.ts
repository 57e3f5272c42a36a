import type { Position } from '../../infra/event-log/log';
import type { AnyEvent } from '../../schemas/event-set';
import type { SetAsideRecord } from './set-aside-record';

export interface PositionedEvent<E extends AnyEvent> {
  readonly position: Position;
  /** When the log took it, milliseconds since the epoch. */
  readonly timestamp: number;
  readonly event: E;
}

/** What is stored together with the effects of a batch, or not at all. */
export interface CheckpointAdvance {
  readonly partition: number;
  readonly fromOffset: number;
  readonly nextOffset: number;
  /** The epoch that the partition is in: it ends when somebody changes the view otherwise than by reading on. */
  readonly epoch: number;
  /** Absent: the epoch goes on. */
  readonly nextEpoch?: number;
  /** Records that are set aside. One that is already gets this status and reason. */
  readonly letters?: readonly SetAsideRecord[];
  /** Offsets of records that were set aside and are so no longer: their events are among those of the batch. */
  readonly released?: readonly number[];
}

/** Events of one partition in the order in which they count, and the step that goes with them. */
export interface ProjectionBatch<E extends AnyEvent> extends CheckpointAdvance {
  readonly events: readonly PositionedEvent<E>[];
}

/** A consumer of events with a view of its own. The loop (`projector.ts`) is the same for all of them. */
export interface Projection<E extends AnyEvent> {
  /** Name of the consumer in the table `progress` and of its consumer group. */
  readonly consumer: string;
  /**
   * Stores the effects of the batch and takes the step, all in one transaction.
   * @throws {FencedError} when the partition is not where the step begins; nothing was changed then
   */
  project(batch: ProjectionBatch<E>): Promise<void>;
  /** Forgets what is cached of a partition, or of all: somebody else may have moved it on. */
  forget(partition?: number): void;
}
