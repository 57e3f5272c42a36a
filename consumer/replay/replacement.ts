import { setTimeout as delay } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import { isTransient } from '../../infra/postgres/errors';
import { storedPositions } from '../projector/checkpoint';
import { holdCheckpoints, releaseHold } from '../projector/checkpoint-swap';
import type { ViewDefinition } from '../views/definition';
import type { LiveView } from './live-view';
import type { ReplaySources } from './replay';
import { makeDurable } from './scratch';
import { swap } from './swap';
import { BehindError, SwapNotReadyError } from './swap-errors';
import { deadlockTimeoutOf, LockedError, lockPlan, probeLocks, type LockPlan } from './table-locks';
import { missingIndexes, publicationsOf } from './table-settings';
import type { ViewBuilder } from './view-builder';

export type Rebuilt =
  /** @see publications those that the live tables are in: their subscribers do not get what the rebuild has changed */
  | { readonly kind: 'swapped'; readonly publications: readonly string[] }
  /** It is behind the live view, because of `until`: it was left in this schema, and the live view as it was. */
  | { readonly kind: 'left'; readonly schema: string };

export interface ReplacementOptions {
  readonly sources: ReplaySources;
  readonly view: ViewDefinition;
  readonly live: LiveView;
  /** The schema of the rebuilt view. */
  readonly schema: string;
  readonly builder: ViewBuilder;
  /** Whether the builder reads on. If it does not, a view that is behind the live one stays behind. */
  readonly follows: boolean;
  readonly signal: AbortSignal;
  /** Throws when the builder has failed. */
  assertReading(): void;
  /** Told why the swap cannot be done yet: when the reason changes, and now and then. */
  report(sentence: string): void;
}

/** Between two tries. The pause grows, and is shortened by chance, so that it keeps no time with what holds the locks. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** How long the live view is held until the rebuilt one is as far. */
const LONGEST_CATCH_UP_MS = 5_000;
const REPORT_EVERY_MS = 60_000;

/** @param failures how many tries have failed. @param chance from 0 up to, not including, 1 */
export function pauseAfter(failures: number, chance: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** (failures - 1)) * (0.5 + chance / 2);
}

/**
 * The end of a rebuild: the rebuilt view replaces the live one, as soon as nothing keeps it from that. Until then it follows
 * the stream. Each try is either done or without effect.
 */
export class Replacement {
  private prepared = false;
  /** Up to when what takes long was carried over. */
  private carriedUpTo: string | undefined;
  private locked: LockedError | undefined;
  private reported = { reason: '', at: 0 };

  constructor(private readonly options: ReplacementOptions) {}

  /**
   * @throws {OutdatedError} when the rebuilt view can never replace the live one
   * @throws {Error} the signal's reason when it is aborted; what was built stays as it is
   */
  async finish(): Promise<Rebuilt> {
    const { sources, view, schema, follows, signal } = this.options;
    if (!follows && !(await this.isAsFar())) return { kind: 'left', schema };
    const deadlockTimeout = await deadlockTimeoutOf(sources.pool);
    for (let failures = 0; ;) {
      try {
        await this.attempt(lockPlan(view, failures, this.locked, deadlockTimeout));
        return { kind: 'swapped', publications: await publicationsOf(sources.pool, view) };
      } catch (error) {
        if (!follows && error instanceof BehindError) return { kind: 'left', schema };
        if (!(error instanceof SwapNotReadyError || isTransient(error))) throw error;
        this.locked = error instanceof LockedError ? error : undefined;
        this.reportNow((error as Error).message);
        failures += 1;
      }
      await delay(pauseAfter(failures, Math.random()), undefined, { signal });
    }
  }

  private get consumer() {
    const { sources, view } = this.options;
    return { consumer: view.name, topic: sources.topics[view.events.name] };
  }

  private reportNow(reason: string): void {
    const now = Date.now();
    if (reason === this.reported.reason && now - this.reported.at < REPORT_EVERY_MS) return;
    this.reported = { reason, at: now };
    const name = this.options.view.name;
    this.options.report(
      `The rebuilt view ${name} waits to take the live one's place, and follows the stream: ${reason}.`,
    );
  }

  /** Whether the live view is not ahead in any partition. */
  private async isAsFar(): Promise<boolean> {
    const { sources, builder } = this.options;
    const live = await storedPositions(sources.pool, this.consumer);
    return [...live].every(([partition, next]) => builder.offsetOf(partition) >= next);
  }

  private async attempt(locks: LockPlan): Promise<void> {
    const { sources, view, schema, builder } = this.options;
    const { pool, log, partitions } = sources;
    await this.prepare();
    // Before the live view is held: while somebody else has the locks, it is not disturbed.
    await probeLocks(pool, locks);
    await holdCheckpoints(pool, { ...this.consumer, partitions, clusterId: await log.identity() });
    try {
      await this.catchUp();
      await this.carryAhead();
      await swap({ pool, view, topic: this.consumer.topic, schema, locks });
      // At once: the tables that it writes to are the live ones now.
      builder.stop();
    } finally {
      this.follow();
      await releaseHold(pool, this.consumer);
    }
  }

  /** What takes long is done while the live view goes on, and while the rebuilt one stands still. */
  private async prepare(): Promise<void> {
    const { sources, view, schema, builder } = this.options;
    await builder.pause();
    try {
      if (!this.prepared) await makeDurable(sources.pool, schema);
      for (const statement of await missingIndexes(sources.pool, view, schema))
        await sources.pool.query(statement);
      await this.carryAhead();
      if (!this.prepared) await this.analyse();
      this.prepared = true;
    } finally {
      this.follow();
    }
  }

  private async carryAhead(): Promise<void> {
    const { sources, view, schema } = this.options;
    this.carriedUpTo = await view.carryAhead?.(sources.pool, escapeIdentifier(schema), this.carriedUpTo);
  }

  /** From here on the planner has statistics of the tables. */
  private async analyse(): Promise<void> {
    const { sources, view, schema } = this.options;
    for (const { name } of view.tables)
      await sources.pool.query(`ANALYZE ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
  }

  /**
   * Not ahead of the live view: it may yet record other rules for the events that follow, and a view that has counted with
   * the old ones could never replace it.
   */
  private follow(): void {
    const { builder, live } = this.options;
    builder.restrict((batch) => live.hasProjected(batch));
  }

  /** While the live view is held, which has recorded the rules of all its events. */
  private async catchUp(): Promise<void> {
    const { live, builder, follows, assertReading } = this.options;
    await live.refresh();
    builder.restrict(() => true);
    const deadline = Date.now() + (follows ? LONGEST_CATCH_UP_MS : 0);
    while (!(await this.isAsFar())) {
      assertReading();
      if (Date.now() > deadline) throw new BehindError('it does not come as far as the live view');
      await delay(10);
    }
    await builder.pause();
  }
}
