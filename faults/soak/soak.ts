import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import type { Fault } from '../fault';
import { takeSample, type Sample } from './sample';
import { verdictsOf } from './verdicts';

/** So many samples, and none more often than this. */
const SAMPLES = 360;
const LEAST_PAUSE_MS = 2_000;
/** One process after the other: its twin serves meanwhile. */
const STARTING_MS = 4_000;
const COLLECTING = { NODE_OPTIONS: `--require=${join(__dirname, 'collecting.js')}` };

/** No fault at all: a long time under steady load, in which nothing may grow but what is kept of the past. */
export function soak(minutes: number): Fault {
  return {
    name: 'soak',
    inject: async ({ system, report, mark }) => {
      const pool = createPool(system.environment.config.DATABASE_URL, createLogger('silent'), { max: 1 });
      const samples: Sample[] = [];
      for (const role of system.roles) {
        await role.stop();
        role.change({ env: { ...role.env, ...COLLECTING } });
        role.start();
        await delay(STARTING_MS);
      }
      const until = performance.now() + minutes * 60_000;
      try {
        for (; performance.now() < until; await delay(Math.max(LEAST_PAUSE_MS, (minutes * 60_000) / SAMPLES)))
          samples.push(await takeSample(system, pool));
      } finally {
        await pool.end();
      }
      mark();
      for (const table of verdictsOf(samples)) report(table);
    },
  };
}
