import type { Pool, PoolClient } from 'pg';
import {
  StreamMismatchError,
  type Log,
  type PartitionBounds,
  type Position,
} from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { SchemaRegistry } from '../../schemas/registry/registry';
import type { Migration } from '../prisma/migrate';
import { Checkpoints } from '../projector/checkpoint';
import type { Rules } from '../domain/decide';
import { ViewBuilder } from './view-builder';
import { discardedPositions } from '../dead-letters/discarded';
import { RecordedRules } from './rules';
import { openView, viewOf, type ViewName } from './view';
import type { EventSetName } from '../../schemas/event-set';

/** What it takes to read a topic into a view anew. */
export interface ReplaySources {
  readonly log: Log;
  readonly pool: Pool;
  readonly registry: SchemaRegistry;
  readonly logger: Logger;
  readonly topics: Readonly<Record<EventSetName, string>>;
  readonly partitions: number;
  readonly migrations: readonly Migration[];
  /** The rules of events that the live view has not seen yet. */
  readonly today: Rules;
  /** See `OpenViewOptions`. */
  readonly noticeMaxAge: number;
}

export interface ReplayOptions {
  readonly view: ViewName;
  /** The Postgres schema to build it in: see `createScratch`. */
  readonly schema: string;
  readonly signal: AbortSignal;
  /** Whether what follows from the event at a position is told to others; default: nothing is, it was told before. */
  readonly publishes?: (position: Position) => boolean;
  /** A transaction to read the decisions in; absent: as they are by now. */
  readonly snapshot?: PoolClient;
  /** Told how many records have been taken. */
  onProgress?(records: number): void;
}

/** Prepares to read the topic of a view into a schema, with the decisions that were made for the live view. */
export async function prepareReplay(
  { log, pool, registry, logger, topics, partitions, today, noticeMaxAge }: ReplaySources,
  { view: name, schema, signal, publishes = () => false, snapshot, ...options }: ReplayOptions,
): Promise<ViewBuilder> {
  const topic = topics[viewOf(name).reads];
  const rules = await RecordedRules.load(snapshot ?? pool, today);
  const view = openView(name, {
    ...{ pool, registry, logger, schema, topic, partitions, noticeMaxAge, publishes },
    rulesAt: (position) => rules.at(position),
    discarded: await discardedPositions(snapshot ?? pool, name, topic),
  });
  const progress = new Checkpoints(pool, name, topic, await log.identity(), schema);
  return new ViewBuilder({ ...options, log, topic, view, progress, signal });
}

/**
 * The whole of a topic, as it is now.
 * @throws {StreamMismatchError} when its beginning is gone: nothing could be made anew from the rest
 */
export async function wholeTopic(log: Log, topic: string): Promise<PartitionBounds[]> {
  const bounds = await log.bounds(topic);
  const cut = bounds.find(({ start }) => start > 0);
  if (cut)
    throw new StreamMismatchError(
      `Partition ${cut.partition} of ${topic} begins at ${cut.start}: what was before it is gone, and the views cannot be made without it. ` +
        'The topic must have retention.ms=-1.',
    );
  return bounds;
}

/** The topic up to a time, by the times of its records. */
export async function topicUntil(log: Log, topic: string, time: number): Promise<PartitionBounds[]> {
  const ends = new Map(
    (await log.positionsAt(topic, time)).map(({ partition, offset }) => [partition, offset]),
  );
  const bounds = await wholeTopic(log, topic);
  return bounds.map((bound) => ({ ...bound, end: Math.min(bound.end, ends.get(bound.partition) ?? 0) }));
}

/** How many records there are. */
export function countOf(ranges: readonly PartitionBounds[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
