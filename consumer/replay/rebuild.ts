import { setTimeout as delay } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import type { Position } from '../../infra/event-log/log';
import type { ViewBuilder } from './view-builder';
import { hold, releaseHold } from './hold';
import { LivePositions, livePositions } from './live-positions';
import { countOf, prepareReplay, topicUntil, wholeTopic, type ReplaySources } from './replay';
import { otherCluster } from '../projector/checkpoint';
import { createScratch, dropScratch, LIVE } from './scratch';
import { BehindError, SwapNotReadyError, swap } from './swap';
import { viewOf, type View, type ViewName } from './view';
import { withWorkLock } from './work-lock';

export interface RebuildOptions {
  readonly view: ViewName;
  /** Builds it as it was at this time, milliseconds since the epoch; absent: until it has caught up. */
  readonly until?: number | undefined;
  readonly signal: AbortSignal;
  /** Told once how many records there are to be read. */
  onStart?(records: number): void;
  /** Told how many records have been taken. */
  onProgress?(records: number): void;
}

export type Rebuilt =
  | { readonly kind: 'swapped' }
  /** It is not as far as the live view, because of `until`: it was left in this schema, and the live view as it was. */
  | { readonly kind: 'left'; readonly schema: string };

const LOOK_EVERY_MS = 50;
/** How often a swap is tried before it is given up, and the pause in between. */
const ATTEMPTS = 20;
const PAUSE_MS = 500;
/** How long a swap may wait for the rebuilt view to come as far as the live one, which stands still meanwhile. */
const PATIENCE_MS = 5_000;

/**
 * Builds a view anew from the beginning of its topic, in a schema beside the live one, and puts it in the live view's place
 * when it has caught up. The live consumer goes on meanwhile, and stands still for a moment at the end. Nobody is told
 * anything twice. Whoever dies in here leaves the live view as it was, and a schema that the next rebuild drops.
 * @throws {BusyError} when the view is being rebuilt already
 */
export function rebuild(sources: ReplaySources, options: RebuildOptions): Promise<Rebuilt> {
  const { pool } = sources;
  const view = viewOf(options.view);
  return withWorkLock(pool, `rebuild of ${view.name}`, async () => {
    const schema = `${LIVE}_rebuild_${view.name}`;
    await createScratch(pool, schema, sources.migrations);
    let keep = false;
    try {
      const rebuilt = await buildAndSwap(sources, view, schema, options);
      keep = rebuilt.kind === 'left';
      return rebuilt;
    } finally {
      if (!keep) await dropScratch(pool, schema);
    }
  });
}

async function buildAndSwap(
  sources: ReplaySources,
  view: View,
  schema: string,
  { until, signal, ...told }: RebuildOptions,
): Promise<Rebuilt> {
  const { log, pool, topics } = sources;
  const topic = topics[view.reads];
  await assertSameCluster(sources, view.name, topic);
  const live = new LivePositions(pool, view.name, topic);
  await live.start();
  try {
    const publishes = (position: Position) => !live.holds(position);
    const builder = await prepareReplay(sources, { ...told, view: view.name, schema, signal, publishes });
    const wanted = until === undefined ? await wholeTopic(log, topic) : await topicUntil(log, topic, until);
    told.onStart?.(countOf(wanted));
    if (until !== undefined) {
      await builder.run(wanted);
      return await new Swapping(sources, view, schema, builder, () => undefined).unlessBehind();
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
        await delay(LOOK_EVERY_MS);
      }
      return await new Swapping(sources, view, schema, builder, assertReading).finish();
    } finally {
      builder.stop();
      await following;
    }
  } finally {
    live.close();
  }
}

/** @throws {StreamMismatchError} when the live view was read from another cluster: its positions say nothing here */
async function assertSameCluster(
  { pool, log }: ReplaySources,
  consumer: string,
  topic: string,
): Promise<void> {
  const cluster = await log.identity();
  const { rows } = await pool.query<{ cluster_id: string }>(
    'SELECT cluster_id FROM library.progress WHERE consumer = $1 AND topic = $2 AND cluster_id <> $3 LIMIT 1',
    [consumer, topic, cluster],
  );
  const [other] = rows;
  if (other) throw otherCluster(other.cluster_id, cluster);
}

/** The end of a rebuild. It is not interrupted: either nothing has happened yet, or all of it. */
class Swapping {
  constructor(
    private readonly sources: ReplaySources,
    private readonly view: View,
    private readonly schema: string,
    private readonly builder: ViewBuilder,
    private readonly assertReading: () => void,
  ) {}

  private get topic(): string {
    return this.sources.topics[this.view.reads];
  }

  /** For a view that does not read on: if it is not as far as the live one now, it never will be. */
  async unlessBehind(): Promise<Rebuilt> {
    const left: Rebuilt = { kind: 'left', schema: this.schema };
    if (!(await this.isAsFar())) return left;
    await this.settle();
    try {
      await this.attempt(0);
      return { kind: 'swapped' };
    } catch (error) {
      if (error instanceof BehindError) return left;
      throw inWords(error, this.view);
    }
  }

  async finish(): Promise<Rebuilt> {
    await this.settle();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.attempt(PATIENCE_MS);
        return { kind: 'swapped' };
      } catch (error) {
        if (!(error instanceof SwapNotReadyError) || attempt === ATTEMPTS) throw inWords(error, this.view);
        await delay(PAUSE_MS);
      }
    }
  }

  /** Whether the live view has nothing that this one lacks. */
  private async isAsFar(): Promise<boolean> {
    const live = await livePositions(this.sources.pool, this.view.name, this.topic);
    return [...live].every(([partition, next]) => this.builder.offsetOf(partition) >= next);
  }

  /** From here on the tables outlast a crash, and the planner knows them. Takes as long as writing them once. */
  private async settle(): Promise<void> {
    const { pool } = this.sources;
    for (const { name } of this.view.tables) {
      const table = `${escapeIdentifier(this.schema)}.${escapeIdentifier(name)}`;
      await pool.query(`ALTER TABLE ${table} SET LOGGED`);
      await pool.query(`ANALYZE ${table}`);
    }
  }

  /** @param patience how long the live view may stand still until this one is as far, in milliseconds */
  private async attempt(patience: number): Promise<void> {
    const { pool, log, partitions } = this.sources;
    const options = { pool, view: this.view, topic: this.topic, schema: this.schema };
    await hold({ ...options, partitions, clusterId: await log.identity() });
    try {
      const deadline = Date.now() + patience;
      while (!(await this.isAsFar())) {
        this.assertReading();
        if (Date.now() > deadline) throw new BehindError('it does not come as far as the live view');
        await delay(10);
      }
      await this.builder.pause();
      await swap(options);
    } finally {
      this.builder.resume();
      await releaseHold(options);
    }
  }
}

function inWords(error: unknown, { name }: View): unknown {
  if (!(error instanceof SwapNotReadyError)) return error;
  return new Error(`The rebuilt view ${name} cannot take the live one's place: ${error.message}.`, {
    cause: error,
  });
}
