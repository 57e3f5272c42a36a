import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Scene } from '../fault';

/** So much of what is committed last does not come to the standby, where it may be lost. */
const HELD_MS = 3_000;
const AFTERWARDS_MS = 8_000;

/** The primary is killed, and its standby takes its place and its address. */
export const FAILOVER_FAULTS: readonly Fault[] = [
  {
    name: 'Postgres: failover, commits wait for the standby',
    needs: { replicated: 'synchronous' },
    inject: failOver,
  },
  {
    name: 'Postgres: failover, the last commits are lost',
    needs: { replicated: 'asynchronous' },
    inject: async (scene) => {
      scene.replicated!.holdCopying();
      await delay(HELD_MS);
      await failOver(scene);
    },
  },
];

/**
 * Projections commit without waiting for a disk, and so for no standby either: the last of them may be lost in both cases, rows
 * and stored positions together.
 */
async function failOver(scene: Scene): Promise<void> {
  const startedAt = performance.now();
  await scene.replicated!.failOver();
  scene.wentBack({ startedAt, endedAt: performance.now() });
  scene.mark();
  await delay(AFTERWARDS_MS);
}
