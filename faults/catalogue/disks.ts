import { setTimeout as delay } from 'node:timers/promises';
import type { SmallDisk } from '../../test/small-disk';
import type { Fault } from '../fault';

const FULL_MS = 8_000;
const AGAIN_MS = 50;
const AFTERWARDS_MS = 8_000;

/** The disk of a server is full for a while. A server that ended because of it is started again, as a supervisor does. */
export const DISK_FAULTS: readonly Fault[] = [
  {
    name: 'disk of a broker full',
    needs: { disks: true },
    inject: async (scene) => {
      const { kafka, disks } = scene.servers;
      await fullFor(disks!.kafka, FULL_MS);
      await kafka[0]!.start();
      scene.mark();
      await delay(AFTERWARDS_MS);
    },
  },
  {
    name: 'disk of Postgres full',
    needs: { disks: true },
    inject: async (scene) => {
      const { postgres, disks } = scene.servers;
      const startedAt = performance.now();
      await fullFor(disks!.postgres, FULL_MS);
      await postgres!.start();
      // Where it could not write its log it ended all at once, and projections do not wait for the disk.
      scene.wentBack({ startedAt, endedAt: performance.now() });
      scene.mark();
      await delay(AFTERWARDS_MS);
    },
  },
];

/** Whatever the server gives back meanwhile is taken too. */
async function fullFor(disk: SmallDisk, ms: number): Promise<void> {
  try {
    for (const until = performance.now() + ms; performance.now() < until; await delay(AGAIN_MS))
      await disk.fill();
  } finally {
    disk.empty();
  }
}
