import type { Position } from '../../infra/event-log/log';
import type { AnyEvent } from '../../schemas/event-set';
import type { SetAsideRecord } from './set-aside-record';

export interface PositionedEvent<E extends AnyEvent> {
  readonly position: Position;
  /** When the log appended it, milliseconds since the epoch. */
  readonly timestamp: number;
  readonly event: E;
  /** The trace that its record belongs to. */
  readonly traceparent?: string | undefined;
}

/** What is stored together with the effects of a batch that was read on, or not at all. */
export interface CheckpointAdvance {
  readonly partition: number;
  readonly fromOffset: number;
  readonly nextOffset: number;
  /** The epoch that the partition is in. It ends when the view is changed otherwise than by reading on. */
  readonly epoch: number;
  /** Records to set aside: dead ones are stored, and their books are held up; parked ones are counted. */
  readonly setAside?: readonly SetAsideRecord[];
}

/** A book that is held up, and how far a retry has come with it. */
export interface HeldAdvance {
  readonly bookId: string;
  /** From where on its records wait; another retry may have changed that. */
  readonly fromOffset: number;
  readonly nextOffset: number;
  /** How many of the records between the two were parked. */
  readonly parked: number;
}

/** What is stored together with the effects of records that had been set aside, or not at all. The checkpoint stays. */
export interface RetryAdvance {
  readonly partition: number;
  readonly epoch: number;
  readonly books: readonly HeldAdvance[];
  /** Offsets of records that are dead no longer. */
  readonly revived: readonly number[];
  /** Records that are dead, still or from now on. */
  readonly setAside: readonly SetAsideRecord[];
}

export type Advance = CheckpointAdvance | RetryAdvance;

/** Events of one partition in the order in which they count, and the advance that goes with them. */
export type ProjectionBatch<E extends AnyEvent> = Advance & {
  readonly events: readonly PositionedEvent<E>[];
};

/** Projects events into the tables of one view. The loop (`projector.ts`) is the same for all of them. */
export interface Projection<E extends AnyEvent> {
  /** Name of the consumer: in the table `progress`, and in its consumer group. */
  readonly consumer: string;
  /**
   * Stores the effects of the batch and the advance, in one transaction.
   * @throws {FencedError} when the partition, or a held book, is not where the advance begins; nothing was changed then
   */
  project(batch: ProjectionBatch<E>): Promise<void>;
  /** Forgets what is cached of a partition, or of all: another instance may have advanced it. */
  forget(partition?: number): void;
}
