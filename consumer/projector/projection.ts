import type { Position } from '../../infra/log/log';
import type { LibraryEvent } from '../../schemas/generated/events';

export interface PositionedEvent {
  readonly position: Position;
  readonly event: LibraryEvent;
}

/** Events of one partition in stream order, and the step of the position that goes with them. */
export interface ProjectionBatch {
  readonly partition: number;
  readonly fromOffset: number;
  readonly nextOffset: number;
  readonly events: readonly PositionedEvent[];
}

/** A consumer of events with a view of its own. The loop (`projector.ts`) is the same for all of them. */
export interface Projection {
  /** Name of the consumer in the table `progress` and of its consumer group. */
  readonly consumer: string;
  /**
   * Stores the effects of the batch and moves the position from `fromOffset` to `nextOffset`, all in one transaction.
   * @throws {FencedError} when the stored position is not `fromOffset`; nothing was changed then
   */
  project(batch: ProjectionBatch): Promise<void>;
  /** Forgets what is cached of a partition, or of all: somebody else may have moved it on. */
  forget(partition?: number): void;
}
