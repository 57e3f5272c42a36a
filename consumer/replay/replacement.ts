import { setTimeout as delay } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import { storedPositions } from '../projector/checkpoint';
import { holdCheckpoints, releaseHold } from '../projector/checkpoint-swap';
import type { ViewDefinition } from '../views/definition';
import type { ReplaySources } from './replay';
import { BehindError, SwapNotReadyError, swap } from './swap';
import type { ViewBuilder } from './view-builder';

export type Rebuilt =
  | { readonly kind: 'swapped' }
  /** It is behind the live view, because of `until`: it was left in this schema, and the live view as it was. */
  | { readonly kind: 'left'; readonly schema: string };

/** How often a swap is attempted, and the pause in between. */
const ATTEMPTS = 20;
const PAUSE_MS = 500;
/** How long the live view is held until the rebuilt one is as far. */
const LONGEST_CATCH_UP_MS = 5_000;

/** The end of a rebuild: the rebuilt view replaces the live one. It is not interrupted, and either done or without effect. */
export class Replacement {
  /** @param assertReading throws when the builder has failed */
  constructor(
    private readonly sources: ReplaySources,
    private readonly view: ViewDefinition,
    private readonly schema: string,
    private readonly builder: ViewBuilder,
    private readonly assertReading: () => void,
  ) {}

  /** For a view that does not read on: if it is behind the live one now, it stays behind. */
  async unlessBehind(): Promise<Rebuilt> {
    const left: Rebuilt = { kind: 'left', schema: this.schema };
    if (!(await this.isAsFar())) return left;
    await this.makeDurable();
    try {
      await this.attempt(0);
      return { kind: 'swapped' };
    } catch (error) {
      if (error instanceof BehindError) return left;
      throw inWords(error, this.view);
    }
  }

  /** For a view that reads on. @throws {Error} when the swap was not possible in any attempt, within some 10 seconds */
  async finish(): Promise<Rebuilt> {
    await this.makeDurable();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.attempt(LONGEST_CATCH_UP_MS);
        return { kind: 'swapped' };
      } catch (error) {
        if (!(error instanceof SwapNotReadyError) || attempt === ATTEMPTS) throw inWords(error, this.view);
        await delay(PAUSE_MS);
      }
    }
  }

  private get consumer() {
    return { consumer: this.view.name, topic: this.sources.topics[this.view.events.name] };
  }

  /** Whether the live view is not ahead in any partition. */
  private async isAsFar(): Promise<boolean> {
    const live = await storedPositions(this.sources.pool, this.consumer);
    return [...live].every(([partition, next]) => this.builder.offsetOf(partition) >= next);
  }

  /** From here on the tables outlast a crash, and the planner has statistics of them. Takes as long as writing them once. */
  private async makeDurable(): Promise<void> {
    const { pool } = this.sources;
    for (const { name } of this.view.tables) {
      const table = `${escapeIdentifier(this.schema)}.${escapeIdentifier(name)}`;
      await pool.query(`ALTER TABLE ${table} SET LOGGED`);
      await pool.query(`ANALYZE ${table}`);
    }
  }

  /** @param longestCatchUp how long the live view may be held until this one is as far, in milliseconds */
  private async attempt(longestCatchUp: number): Promise<void> {
    const { pool, log, partitions } = this.sources;
    await holdCheckpoints(pool, { ...this.consumer, partitions, clusterId: await log.identity() });
    try {
      const deadline = Date.now() + longestCatchUp;
      while (!(await this.isAsFar())) {
        this.assertReading();
        if (Date.now() > deadline) throw new BehindError('it does not come as far as the live view');
        await delay(10);
      }
      await this.builder.pause();
      await swap({ pool, view: this.view, topic: this.consumer.topic, schema: this.schema });
    } finally {
      this.builder.resume();
      await releaseHold(pool, this.consumer);
    }
  }
}

function inWords(error: unknown, { name }: ViewDefinition): unknown {
  if (!(error instanceof SwapNotReadyError)) return error;
  return new Error(`The rebuilt view ${name} cannot take the live one's place: ${error.message}.`, {
    cause: error,
  });
}
