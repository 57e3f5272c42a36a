import type { Pool, PoolClient } from 'pg';
import type { BatchContext, Log, LogBatch, LogRecord, PartitionBounds } from '../../../infra/event-log/log';
import { murmur2 } from '../../../infra/event-log/murmur2';
import { inTransaction } from '../../../infra/postgres/transaction';
import type { AnyEvent } from '../../../schemas/event-set';
import { BatchProjector, type BatchProjectorOptions } from '../../projector/batch-projector';
import type { BulkFold } from '../../projector/bulk-fold';
import type { PartitionState } from '../../projector/checkpoint';
import { FencedStatement } from '../../projector/fence';
import type { CheckpointAdvance } from '../../projector/projection';
import { BulkFailure, BulkProjection } from './bulk-projection';
import { CopySink } from './copy-sink';

/** How many records are folded in one pass over a partition, about: what is kept in memory grows with them. */
const RECORDS_PER_PASS = 1_500_000;

export interface PartitionFillOptions extends Omit<
  BatchProjectorOptions<AnyEvent>,
  'projection' | 'metrics'
> {
  readonly consumer: string;
  readonly log: Pick<Log, 'read'>;
  /** Its `search_path` names the schema of the view. */
  readonly pool: Pool;
  readonly recordsPerPass?: number;
  createFold(): BulkFold<AnyEvent>;
  /** Called with the number of records that have been folded. */
  onProgress(records: number): void;
}

/**
 * Fills a partition of an empty view in one transaction, from the beginning of the range: rows, set-aside records and
 * checkpoint. A long range is read several times, each time for some of its books, so that what is in memory has a limit.
 */
export class PartitionFill {
  private readonly statement: FencedStatement<undefined>;

  constructor(private readonly options: PartitionFillOptions) {
    const { pool, consumer, topic } = options;
    this.statement = new FencedStatement({ pool, consumer, topic, parts: [] });
  }

  /**
   * @param state where the partition stands: at the beginning of the range
   * @throws what has failed; nothing was stored then, and it can be called again
   */
  async fill(range: PartitionBounds, state: PartitionState, context: BatchContext): Promise<void> {
    const counted = { records: 0 };
    try {
      await inTransaction(this.options.pool, async (client) => {
        const passes = Math.ceil(
          (range.end - range.start) / (this.options.recordsPerPass ?? RECORDS_PER_PASS),
        );
        for (let pass = 0; pass < passes; pass += 1) {
          const isOwn = ({ key }: LogRecord) => passes === 1 || this.passOf(key, passes) === pass;
          for await (const read of this.pass(client, range, state, isOwn, context)) {
            counted.records += read;
            this.options.onProgress(read);
          }
        }
        await this.advance(client, range, state, { nextOffset: range.end });
      });
    } catch (error) {
      this.options.onProgress(-counted.records);
      throw error instanceof BulkFailure ? error.reason : error;
    }
  }

  /** Reads the range once, and yields how many of its records were folded. */
  private async *pass(
    client: PoolClient,
    range: PartitionBounds,
    state: PartitionState,
    isOwn: (record: LogRecord) => boolean,
    context: BatchContext,
  ): AsyncGenerator<number> {
    const { log, topic, consumer, createFold } = this.options;
    const sink = new CopySink(client, range.partition);
    const fold = createFold();
    const projection = new BulkProjection({
      ...{ consumer, fold, sink },
      // The checkpoint advances at the end.
      setAside: (records) =>
        this.advance(client, range, state, { nextOffset: range.start, setAside: records }),
    });
    const projector = new BatchProjector({ ...this.options, projection });
    let reached = state;
    for await (const batch of log.read(topic, { ranges: [range], signal: context.signal })) {
      const own: LogBatch = { ...batch, records: batch.records.filter(isOwn) };
      reached = await projector.apply(own, reached, context);
      yield own.records.length;
    }
    // A read that is aborted ends like any other.
    context.signal.throwIfAborted();
    await fold.finish(sink);
    await sink.end();
  }

  private async advance(
    client: PoolClient,
    { partition, start }: PartitionBounds,
    { epoch }: PartitionState,
    advance: Pick<CheckpointAdvance, 'nextOffset' | 'setAside'>,
  ): Promise<void> {
    await this.statement.executeWithin(
      client,
      { ...advance, partition, epoch, fromOffset: start },
      undefined,
    );
  }

  /** In which pass the records of a key are folded: by what of its hash has not brought it into this partition. */
  private passOf(key: Buffer | null, passes: number): number {
    if (key === null) return 0;
    return Math.floor((murmur2(key) & 0x7fffffff) / this.options.partitions) % passes;
  }
}
