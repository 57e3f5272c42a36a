import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { PartitionBounds } from '../../infra/event-log/log';
import { DeadLetterTopic } from '../dead-letters/dead-letter-topic';
import { assertSameStream } from '../projector/checkpoint';
import type { DeadLetterSink } from '../projector/dead-letter-sink';
import { LIVE } from '../projector/view-pool';
import { OutdatedError, type ViewDefinition } from '../views/definition';
import { areDeferred } from './bulk/deferred-indexes';
import { openSchema, originOf } from './kept-schema';
import { LiveView } from './live-view';
import { Replacement, type Rebuilt } from './replacement';
import { countOf, prepareReplay, topicUntil, wholeTopic, type ReplaySources } from './replay';
import { ReplayLedger } from './replay-ledger';
import { dropScratch, withScratchPool } from './scratch';
import { assertNoObstacles } from './table-obstacles';
import type { ViewBuilder } from './view-builder';
import { withWorkLock } from './work-lock';

export interface RebuildOptions {
  readonly view: ViewDefinition;
  /** Builds it as it was at this time, milliseconds since the epoch; absent: until it has caught up. */
  readonly until?: number | undefined;
  /** Does not go on with what an interrupted rebuild has left. */
  readonly anew?: boolean | undefined;
  readonly signal: AbortSignal;
  /** Called once, with the number of records to be read. */
  onStart?(records: number): void;
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
  /** Called when all records have been read that were there at the start. */
  onCaughtUp?(): void;
  /** Told what the operator should know meanwhile, in sentences. */
  report(sentence: string): void;
}

/** How often the live view's positions and rules are read, and those of the rebuilt one. */
const LIVE_INTERVAL_MS = 200;
const BUILDER_INTERVAL_MS = 50;

/**
 * Builds a view anew from the beginning of its topic, in a schema beside the live one, and replaces the live view as soon as
 * the rebuilt one has caught up and nothing is in the way; until then it follows the stream. The live consumer goes on
 * meanwhile, and is held for a moment at the end. Nothing is published twice.
 *
 * Wherever it is interrupted or the process dies, the live view is as it was, and the schema stays: the next rebuild goes on
 * with it, if it was made by the same program from the same topic.
 * @throws {BusyError} when the view is being rebuilt already
 * @throws {ObstacleError} at once, when something is tied to the live tables that the swap would break
 * @throws {OutdatedError} when the live view has changed so that this one can never replace it; the schema is dropped
 */
export function rebuild(sources: ReplaySources, options: RebuildOptions): Promise<Rebuilt> {
  const { view } = options;
  return withWorkLock(sources.pool, `rebuild of ${view.name}`, async (lost) => {
    const signal = AbortSignal.any([options.signal, lost]);
    const work = await openWork(sources, { ...options, signal });
    try {
      const rebuilt = await withScratchPool(sources, work.schema, (scratchPool) =>
        buildBesideLive(sources, { ...work, scratchPool }),
      );
      if (rebuilt.kind === 'swapped') await dropScratch(sources, work.schema);
      return rebuilt;
    } catch (error) {
      if (!(error instanceof OutdatedError)) {
        options.report(
          `What was rebuilt is kept in the schema ${work.schema}: the same command goes on with it, with --anew it does not.`,
        );
        throw error;
      }
      await dropScratch(sources, work.schema);
      throw new OutdatedError(
        `The rebuilt view ${view.name} can never take the live one's place: ${error.message}. The same command starts anew.`,
        { cause: error },
      );
    }
  });
}

interface Work extends RebuildOptions {
  readonly topic: string;
  readonly schema: string;
  readonly wanted: readonly PartitionBounds[];
}

/** Opens the schema, and makes sure of what would be in vain without. */
async function openWork(sources: ReplaySources, options: RebuildOptions): Promise<Work> {
  const { pool, log, topics, migrations } = sources;
  const { view, until, anew = false, report } = options;
  const topic = topics[view.events.name];
  const schema = `${LIVE}_rebuild_${view.name}`;
  const consumer = { consumer: view.name, topic };
  await assertSameStream(pool, consumer, log);
  const wanted = until === undefined ? await wholeTopic(log, topic) : await topicUntil(log, topic, until);
  const origin = await originOf(topic, log, migrations);
  const done = await openSchema(sources, { schema, consumer, origin, wanted, anew, report });
  // Half filled, it lacks constraints as well. The swap looks again.
  if (!(await areDeferred(pool, schema))) await assertNoObstacles(pool, view, schema);
  options.onStart?.(countOf(wanted) - done);
  return { ...options, topic, schema, wanted };
}

interface Building extends Work {
  readonly scratchPool: Pool;
}

/** Builds the view while the live one is watched: what the live view has not reached is published by the new one. */
async function buildBesideLive(sources: ReplaySources, work: Building): Promise<Rebuilt> {
  const { pool, log, today, deadLetterTopic } = sources;
  const { view, topic, scratchPool } = work;
  const consumer = { consumer: view.name, topic };
  const live = await LiveView.of(pool, consumer, today);
  const sink = new DeadLetterTopic(log.createAppender(), deadLetterTopic);
  const builder = await prepareReplay(sources, {
    ...work,
    beside: { live, ledger: await ReplayLedger.open(scratchPool, live, consumer, sources.logger) },
    publishes: (position) => !live.hasReached(position),
    deadLetters: publishingOnly(sink, live),
  });
  const refresh = () => live.refresh().then(() => builder.recheck());
  const refreshing = setInterval(() => void refresh().catch(() => undefined), LIVE_INTERVAL_MS);
  try {
    return await buildAndReplace(sources, work, live, builder);
  } finally {
    clearInterval(refreshing);
    await sink.close();
  }
}

/** The dead letters of records that the live view had reached were published by it. */
function publishingOnly(sink: DeadLetterSink, live: LiveView): DeadLetterSink {
  return {
    async keep(topic, deadLetters) {
      const unpublished = deadLetters.filter(({ record }) => !live.hasReached(record));
      if (unpublished.length > 0) await sink.keep(topic, unpublished);
    },
  };
}

async function buildAndReplace(
  sources: ReplaySources,
  { view, schema, wanted, until, signal, report, onCaughtUp }: Building,
  live: LiveView,
  builder: ViewBuilder,
): Promise<Rebuilt> {
  const follows = until === undefined;
  let ended: Error | undefined;
  const reading = builder
    .run(follows ? wanted.map((range) => ({ ...range, end: Infinity })) : wanted)
    .catch((error: Error) => void (ended = error));
  const assertReading = () => {
    if (ended) throw ended;
  };
  try {
    if (follows) {
      while (wanted.some(({ partition, end }) => builder.offsetOf(partition) < end)) {
        assertReading();
        await delay(BUILDER_INTERVAL_MS);
      }
    } else await reading;
    assertReading();
    onCaughtUp?.();
    const options = { sources, view, live, schema, builder, follows, signal, assertReading, report };
    return await new Replacement(options).finish();
  } finally {
    builder.stop();
    await reading;
  }
}
