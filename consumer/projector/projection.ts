import type { Position } from '../../infra/log/log';
import type { AnyEvent } from '../../schemas/family';

export interface PositionedEvent<E extends AnyEvent> {
  readonly position: Position;
  readonly event: E;
}

/** Events of one partition in stream order, and the step of the position that goes with them. */
export interface ProjectionBatch<E extends AnyEvent> {
  readonly partition: number;
  readonly fromOffset: number;
  readonly nextOffset: number;
  readonly events: readonly PositionedEvent<E>[];
}

/** A consumer of events with a view of its own. The loop (`projector.ts`) is the same for all of them. */
export interface Projection<E extends AnyEvent> {
  /** Name of the consumer in the table `progress` and of its consumer group. */
  readonly consumer: string;
  /**
   * Stores the effects of the batch and moves the position from `fromOffset` to `nextOffset`, all in one transaction.
   * @throws {FencedError} when the stored position is not `fromOffset`; nothing was changed then
   */
  project(batch: ProjectionBatch<E>): Promise<void>;
  /** Forgets what is cached of a partition, or of all: somebody else may have moved it on. */
  forget(partition?: number): void;
}
