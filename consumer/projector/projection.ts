import type { Position } from '../../infra/event-log/log';
import type { AnyEvent } from '../../schemas/event-set';
import type { SetAsideRecord } from './set-aside-record';

export interface PositionedEvent<E extends AnyEvent> {
  readonly position: Position;
  /** When the log appended it, milliseconds since the epoch. */
  readonly timestamp: number;
  readonly event: E;
}

/** What is stored together with the effects of a batch, or not at all. */
export interface CheckpointAdvance {
  readonly partition: number;
  readonly fromOffset: number;
  readonly nextOffset: number;
  /** The epoch that the partition is in. It ends when the view is changed otherwise than by reading on. */
  readonly epoch: number;
  /** Absent: the epoch goes on. */
  readonly nextEpoch?: number;
  /** Records to set aside. One that is set aside already gets this status and reason. */
  readonly setAside?: readonly SetAsideRecord[];
  /** Offsets of records that are set aside no longer: their events are among those of the batch. */
  readonly released?: readonly number[];
}

/** Events of one partition in the order in which they count, and the checkpoint advance that goes with them. */
export interface ProjectionBatch<E extends AnyEvent> extends CheckpointAdvance {
  readonly events: readonly PositionedEvent<E>[];
}

/** Projects events into the tables of one view. The loop (`projector.ts`) is the same for all of them. */
export interface Projection<E extends AnyEvent> {
  /** Name of the consumer: in the table `progress`, and in its consumer group. */
  readonly consumer: string;
  /**
   * Stores the effects of the batch and advances the checkpoint, in one transaction.
   * @throws {FencedError} when the checkpoint is not where the advance begins; nothing was changed then
   */
  project(batch: ProjectionBatch<E>): Promise<void>;
  /** Forgets what is cached of a partition, or of all: another instance may have advanced it. */
  forget(partition?: number): void;
}
