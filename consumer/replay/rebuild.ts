import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import { assertSameStream } from '../projector/checkpoint';
import { ProgressWatcher } from '../projector/progress-watcher';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';
import { Replacement, type Rebuilt } from './replacement';
import { countOf, prepareReplay, topicUntil, wholeTopic, type ReplaySources } from './replay';
import { createScratch, dropScratch, withScratchPool } from './scratch';
import { withWorkLock } from './work-lock';

export interface RebuildOptions {
  readonly view: ViewDefinition;
  /** Builds it as it was at this time, milliseconds since the epoch; absent: until it has caught up. */
  readonly until?: number | undefined;
  readonly signal: AbortSignal;
  /** Called once, with the number of records to be read. */
  onStart?(records: number): void;
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
}

/** How often the positions of the live view and of the rebuilt one are read. */
const LIVE_INTERVAL_MS = 200;
const BUILDER_INTERVAL_MS = 50;

/**
 * Builds a view anew from the beginning of its topic, in a schema beside the live one, and replaces the live view when the
 * rebuilt one has caught up. The live consumer goes on meanwhile, and is held for a moment at the end. Nothing is published
 * twice. If the process dies, the live view is as it was, and a schema remains that the next rebuild drops.
 * @throws {BusyError} when the view is being rebuilt already
 */
export function rebuild(sources: ReplaySources, options: RebuildOptions): Promise<Rebuilt> {
  const { view } = options;
  return withWorkLock(sources.pool, `rebuild of ${view.name}`, async () => {
    const schema = `${LIVE}_rebuild_${view.name}`;
    await createScratch(sources, schema);
    let keep = false;
    try {
      const rebuilt = await withScratchPool(sources, schema, (scratchPool) =>
        buildBesideLive(sources, scratchPool, schema, options),
      );
      keep = rebuilt.kind === 'left';
      return rebuilt;
    } finally {
      if (!keep) await dropScratch(sources, schema);
    }
  });
}

/** Builds the view while the live positions are watched: what the live view has not reached is published by the new one. */
async function buildBesideLive(
  sources: ReplaySources,
  scratchPool: Pool,
  schema: string,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const { pool, log, topics } = sources;
  const consumer = options.view.name;
  const topic = topics[options.view.events.name];
  await assertSameStream(pool, { consumer, topic }, log);
  const live = new ProgressWatcher(pool, consumer, topic);
  await live.refresh();
  const refreshing = setInterval(() => void live.refresh().catch(() => undefined), LIVE_INTERVAL_MS);
  try {
    return await buildAndReplace(sources, scratchPool, schema, {
      ...options,
      topic,
      publishes: (position) => !live.hasReached(position),
    });
  } finally {
    clearInterval(refreshing);
  }
}

interface BuildOptions extends RebuildOptions {
  readonly topic: string;
  publishes(position: Position): boolean;
}

async function buildAndReplace(
  sources: ReplaySources,
  scratchPool: Pool,
  schema: string,
  { until, topic, onStart, ...options }: BuildOptions,
): Promise<Rebuilt> {
  const { log } = sources;
  const { view } = options;
  const builder = await prepareReplay(sources, { ...options, scratchPool });
  const wanted = until === undefined ? await wholeTopic(log, topic) : await topicUntil(log, topic, until);
  onStart?.(countOf(wanted));
  if (until !== undefined) {
    await builder.run(wanted);
    return new Replacement(sources, view, schema, builder, () => undefined).unlessBehind();
  }
  let ended: Error | undefined;
  const following = builder
    .run(wanted.map((range) => ({ ...range, end: Infinity })))
    .catch((error: Error) => void (ended = error));
  const assertReading = () => {
    if (ended) throw ended;
  };
  try {
    while (wanted.some(({ partition, end }) => builder.offsetOf(partition) < end)) {
      assertReading();
      await delay(BUILDER_INTERVAL_MS);
    }
    return await new Replacement(sources, view, schema, builder, assertReading).finish();
  } finally {
    builder.stop();
    await following;
  }
}
