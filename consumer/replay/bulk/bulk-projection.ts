import type { AnyEvent } from '../../../schemas/event-set';
import type { BulkFold, RowSink } from '../../projector/bulk-fold';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import type { SetAsideRecord } from '../../projector/set-aside-record';

/**
 * Filling in bulk has failed. It is neither transient nor the fault of an event for whoever projects the batch: the fold has gone on,
 * and nothing less than the whole transaction can be repeated.
 */
export class BulkFailure extends Error {
  override readonly name = 'BulkFailure';

  /** @param reason what has failed; not `cause`, by which it would count as the same kind of error */
  constructor(readonly reason: unknown) {
    super('filling in bulk has failed');
  }
}

export interface BulkProjectionOptions {
  readonly consumer: string;
  readonly fold: BulkFold<AnyEvent>;
  readonly sink: RowSink;
  /** Stores records that are set aside. */
  setAside(records: readonly SetAsideRecord[]): Promise<void>;
}

/** A view that is filled in bulk, as a projection: the batches come as to any other, and are stored all together. */
export class BulkProjection implements Projection<AnyEvent> {
  readonly consumer: string;

  constructor(private readonly options: BulkProjectionOptions) {
    this.consumer = options.consumer;
  }

  /** @throws {BulkFailure} whatever fails */
  async project({ events, setAside = [] }: ProjectionBatch<AnyEvent>): Promise<void> {
    const { fold, sink } = this.options;
    try {
      await fold.fold(events, sink);
      if (setAside.length > 0) await this.options.setAside(setAside);
    } catch (error) {
      throw new BulkFailure(error);
    }
  }

  /** What it has folded belongs to its transaction, and ends with it. */
  forget(): void {}
}
