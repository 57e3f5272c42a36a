import type { Pool, PoolClient } from 'pg';
import {
  StreamMismatchError,
  type Log,
  type PartitionBounds,
  type Position,
} from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { createDecoder } from '../../schemas/codec/codec';
import type { EventSetName } from '../../schemas/event-set';
import type { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import type { SchemaRegistry } from '../../schemas/registry/registry';
import { discardedPositions } from '../dead-letters/dead-letter-table';
import type { Rules } from '../domain/decide';
import { BatchProjector } from '../projector/batch-projector';
import { Checkpoints } from '../projector/checkpoint';
import type { DeadLetterSink } from '../projector/dead-letter-sink';
import { RecordedRules } from '../views/availability/recorded-rules';
import type { RulesAt, ViewDefinition } from '../views/definition';
import { fillInBulk } from './bulk/fill';
import type { LiveView } from './live-view';
import type { ReplayLedger } from './replay-ledger';
import type { ScratchSources } from './scratch';
import { ViewBuilder } from './view-builder';

/** What a replay works with. */
export interface ReplaySources extends ScratchSources {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly forgotten: ForgottenUsers;
  readonly logger: Logger;
  readonly topics: Readonly<Record<EventSetName, string>>;
  readonly partitions: number;
  /** The rules of events that the live view has not projected yet. */
  readonly today: Rules;
  /** See `ProjectionOptions`. */
  readonly noticeMaxAge: number;
  /** The topic of dead letters. */
  readonly deadLetterTopic: string;
}

export interface ReplayOptions {
  readonly view: ViewDefinition;
  /** Its `search_path` names the schema to build the view in: see `createScratch`. */
  readonly scratchPool: Pool;
  readonly signal: AbortSignal;
  /** Whether what follows from the event at a position is published; default: nothing is, since it was published before. */
  readonly publishes?: (position: Position) => boolean;
  /** Whether the tables stay when the replay is over; default: they do. If not, they need no indexes and may not outlast a crash. */
  readonly isKept?: boolean;
  /** A transaction to read the live view's rules and discarded records in; absent: as they are by now. */
  readonly snapshot?: PoolClient;
  /** For a replay that goes on while the live view changes; absent: rules and discarded records stay as they are by now. */
  readonly beside?: { readonly live: LiveView; readonly ledger: ReplayLedger };
  /** Where records are published that the replay sets aside; absent: nowhere, since they were published before. */
  readonly deadLetters?: DeadLetterSink;
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
}

/** Prepares to replay the topic of a view, with the rules that the live view applied, and without discarded records. */
export async function prepareReplay(sources: ReplaySources, options: ReplayOptions): Promise<ViewBuilder> {
  const { log, pool, registry, forgotten, logger, topics, partitions, today, noticeMaxAge } = sources;
  const { view, scratchPool, publishes = () => false, snapshot = pool, beside, deadLetters } = options;
  const { ignoreUndecodable = false } = view;
  const topic = topics[view.events.name];
  const consumer = { consumer: view.name, topic };
  const recorded = beside ? undefined : await RecordedRules.load(snapshot, today);
  const rules: RulesAt = (position) => (recorded ? recorded.at(position) : beside!.ledger.rulesAt(position));
  const projection = view.createProjection({ pool: scratchPool, topic, rules, noticeMaxAge, publishes });
  // As they are now, to the end: while a replay goes on nobody is forgotten (see `withWorkLock`).
  await forgotten.refresh();
  const engine = {
    ...{ topic, partitions, logger, ignoreUndecodable },
    forgotten: forgotten.maskOf(view.events.name),
    decoder: createDecoder({ registry, schemas: view.events }),
    discarded: beside?.live.discarded ?? (await discardedPositions(snapshot, consumer)),
  };
  const progress = {
    checkpoints: new Checkpoints(scratchPool, view.name, topic, log),
    onProgress: (records: number) => options.onProgress?.(records),
  };
  const bulk = { ...engine, ...progress, ...{ log, view, rules, beside }, isKept: options.isKept ?? true };
  return new ViewBuilder({
    ...{ log, topic, signal: options.signal },
    ...progress,
    projector: new BatchProjector({ ...engine, projection, deadLetters }),
    fill: (ranges, signal) => fillInBulk({ ...bulk, pool: scratchPool, signal }, ranges),
    beforeBatch: (batch, context) => beside?.ledger.note(batch, context),
  });
}

/**
 * The whole of a topic, up to its present end.
 * @throws {StreamMismatchError} when its beginning is gone: a view cannot be rebuilt from the rest
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

/** The topic up to a time, by the timestamps of its records. @param time milliseconds since the epoch */
export async function topicUntil(log: Log, topic: string, time: number): Promise<PartitionBounds[]> {
  const ends = new Map(
    (await log.positionsAt(topic, time)).map(({ partition, offset }) => [partition, offset]),
  );
  const bounds = await wholeTopic(log, topic);
  return bounds.map((bound) => ({ ...bound, end: Math.min(bound.end, ends.get(bound.partition) ?? 0) }));
}

/** How many records the ranges have. */
export function countOf(ranges: readonly PartitionBounds[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
