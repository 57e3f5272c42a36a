import type { Pool } from 'pg';
import type { BatchContext, PartitionBounds } from '../../../infra/event-log/log';
import { isTransient } from '../../../infra/postgres/errors';
import type { Checkpoints } from '../../projector/checkpoint';
import { isPoison } from '../../projector/poison';
import { retryWhileTransient } from '../../projector/transient-retry';
import type { RulesAt, ViewDefinition } from '../../views/definition';
import type { LiveView } from '../live-view';
import type { ReplayLedger } from '../replay-ledger';
import { makeDurable } from '../scratch';
import { areDeferred, deferIndexes, makeDeferred } from './deferred-indexes';
import { PartitionFill, type PartitionFillOptions } from './partition-fill';

export interface FillOptions extends Omit<PartitionFillOptions, 'consumer' | 'createFold'> {
  readonly view: ViewDefinition;
  readonly rules: RulesAt;
  readonly checkpoints: Pick<Checkpoints, 'stateOf'>;
  /** The live view, where the replay goes on while that one changes. */
  readonly beside: { readonly live: LiveView; readonly ledger: ReplayLedger } | undefined;
  /** Whether the tables stay when the replay is over. */
  readonly isKept: boolean;
  readonly signal: AbortSignal;
}

/** How many partitions are filled at a time: while one waits for Postgres or Kafka, the other is folded. */
const CONCURRENCY = 2;

/**
 * Fills an empty view with what is long past, at several times the speed of a projection: each partition is folded in memory and
 * copied in one transaction, into tables without indexes, which are made afterwards. What remains is for the projection, which finds
 * the tables, the checkpoints and what is set aside as it would have left them itself:
 *
 * - what the live view has not reached: its rules and its discarded records are not fixed yet, and what follows from it is published;
 * - a partition with an event that the view cannot store: the projection finds out which one.
 *
 * An interrupted fill keeps the partitions that are done, and the next call goes on. A view that is not empty stays as it is.
 */
export async function fillInBulk(options: FillOptions, ranges: readonly PartitionBounds[]): Promise<void> {
  const { view, pool, isKept } = options;
  const past = ranges.map((range) => ({
    ...range,
    end: Math.min(range.end, pastOf(options, range.partition)),
  }));
  const wanted = past.filter(({ start, end }) => start < end);
  if (!view.createBulkFold || wanted.length === 0) return;
  if (!(await areDeferred(pool))) {
    if (!(await isEmpty(pool, options))) return;
    if (isKept) await makeDurable(pool, await schemaOf(pool));
    await deferIndexes(
      pool,
      view.tables.map(({ name }) => name),
    );
  }
  const filled = await fillPartitions(options, wanted);
  const isAll = ranges.every(({ partition, start, end }) => start >= end || filled.get(partition) === end);
  // Nobody looks for single rows in tables that are only compared.
  if (isKept || !isAll) await makeDeferred(pool);
}

/** Up to where nothing changes any more of how the live view has come to what it is. */
function pastOf({ beside }: FillOptions, partition: number): number {
  return beside ? beside.live.offsetOf(partition) : Infinity;
}

/** The schema that the pool's `search_path` names. */
async function schemaOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ schema: string }>('SELECT current_schema() AS schema');
  return rows[0]!.schema;
}

async function isEmpty(pool: Pool, { view, topic }: FillOptions): Promise<boolean> {
  const { rowCount } = await pool.query(
    'SELECT FROM progress WHERE consumer = $1 AND topic = $2 AND next_offset > 0 LIMIT 1',
    [view.name, topic],
  );
  return rowCount === 0;
}

/** @returns up to where each partition is filled */
async function fillPartitions(
  options: FillOptions,
  ranges: readonly PartitionBounds[],
): Promise<Map<number, number>> {
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const context: BatchContext = { heartbeat: () => Promise.resolve(), signal };
  // The live set grows meanwhile: what is left out of a partition has to be what was noted of it.
  const discarded = new Set(options.discarded);
  const partitionFill = new PartitionFill({
    ...{ ...options, discarded },
    consumer: options.view.name,
    createFold: () => options.view.createBulkFold!(options.rules),
  });
  const filled = new Map<number, number>();
  const next = [...ranges].sort((a, b) => b.end - b.start - (a.end - a.start)).values();
  const work = async () => {
    for (const range of next) {
      signal.throwIfAborted();
      await options.beside?.ledger.note(notedOf(range), context, discarded);
      filled.set(range.partition, await fillPartition(options, partitionFill, range, context));
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: CONCURRENCY }, () =>
      work().catch((error: Error) => {
        failing.abort(error);
        throw error;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return filled;
}

const notedOf = ({ partition, start, end }: PartitionBounds) => ({
  partition,
  fromOffset: start,
  nextOffset: end,
});

/** @returns where the partition stands then */
async function fillPartition(
  { checkpoints, logger }: FillOptions,
  partitionFill: PartitionFill,
  range: PartitionBounds,
  context: BatchContext,
): Promise<number> {
  const attempt = async () => {
    const state = await checkpoints.stateOf(range.partition);
    // Filled before the interruption; or by this very call, if its commit was not answered.
    if (state.offset > range.start) return state.offset;
    await partitionFill.fill(range, state, context);
    return range.end;
  };
  try {
    return await retryWhileTransient('filling a partition', attempt, isTransient, context, logger);
  } catch (error) {
    if (!isPoison(error)) throw error;
    const { partition } = range;
    logger.warn({ err: error, partition }, 'a partition cannot be filled in bulk, and is projected instead');
    return range.start;
  }
}
