import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Scene } from '../fault';
import type { Operation } from '../history';
import { overloadTable, type Phase } from '../report/overload-table';
import { usageOf } from '../system/usage';
import { surge } from '../workload/surging';

const CALM_MS = 15_000;
const PROBE_SECONDS = 8;
/** Enough to keep every process busy, and no more. */
const PROBE_CONNECTIONS = 48;
const OVERLOAD_SECONDS = 60;
/** Clients that wait at a time: as many as a queue of a second or two is. */
const OVERLOAD_CONNECTIONS = 2_000;
const FACTOR = 10;
const AFTER_MS = 10_000;
const SAMPLE_MS = 500;

/** More load than there is room for. What it means for others is measured by the readers who are there all the time. */
export const OVERLOAD_FAULTS: readonly Fault[] = [
  {
    name: 'ten times the load that it takes',
    inject: async (scene) => {
      const calm = await phase(scene, () => delay(CALM_MS));
      const seed = scene.random.below(2 ** 31);
      const { urls } = scene.system;
      const most = { urls, seed, seconds: PROBE_SECONDS, rate: null, connections: PROBE_CONNECTIONS };
      const probe = await surge(most);
      scene.workload.add(probe);
      const capacity = probe.filter(wasAccepted).length / PROBE_SECONDS;
      await delay(CALM_MS / 3);
      let sent: readonly Operation[] = [];
      const over = await phase(scene, async () => {
        sent = await surge({
          ...{ urls, seed: seed + 1, rate: FACTOR * capacity },
          ...{ seconds: OVERLOAD_SECONDS, connections: OVERLOAD_CONNECTIONS },
        });
      });
      scene.mark();
      await delay(AFTER_MS);
      scene.workload.add(sent);
      scene.report(overloadTable({ calm, over, capacity, sent, seconds: OVERLOAD_SECONDS }));
    },
  },
];

const wasAccepted = ({ attempts }: Operation) => attempts[0]?.result.kind === 'ok';

/** What the readers who are there all the time are answered meanwhile, and the most that each process holds. */
async function phase({ system, workload }: Scene, action: () => Promise<void>): Promise<Phase> {
  const memory = new Map<string, number>();
  const sampling = setInterval(() => {
    for (const role of system.roles) {
      const now = usageOf(role)?.memory ?? 0;
      memory.set(role.name, Math.max(memory.get(role.name) ?? 0, now));
    }
  }, SAMPLE_MS);
  const from = performance.now();
  try {
    await action();
  } finally {
    clearInterval(sampling);
  }
  const to = performance.now();
  const during = ({ attempts: [first] }: Operation) =>
    first !== undefined && first.startedAt >= from && first.endedAt <= to;
  return { operations: workload.operations.filter(during), seconds: (to - from) / 1_000, memory };
}
