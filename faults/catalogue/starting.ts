import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { oneOf, repeatedly, type Fault } from '../fault';

const HOUR_MS = 3_600_000;

/** Orders of starting, and clocks that are wrong. */
export const STARTING_FAULTS: readonly Fault[] = [
  {
    name: 'roles started in any order',
    inject: (scene) =>
      repeatedly(scene, 2, [3_000, 4_000], async () => {
        const { roles } = scene.system;
        await Promise.all(roles.map((role) => role.stop()));
        for (const role of scene.random.shuffled(roles)) {
          role.start();
          await delay(scene.random.between(0, 1_500));
        }
        scene.mark();
      }),
  },
  {
    name: 'roles started before Postgres and Kafka',
    inject: async (scene) => {
      const { roles } = scene.system;
      const { postgres, kafka } = scene.servers;
      await Promise.all(roles.map((role) => role.stop()));
      await Promise.all([postgres!.kill(), ...kafka.map((broker) => broker.kill())]);
      for (const role of roles) role.start();
      await delay(3_000);
      const servers = scene.random.shuffled([
        () => postgres!.start(),
        () => Promise.all(kafka.map((b) => b.start())),
      ]);
      for (const start of servers) await start();
      scene.mark();
      await delay(6_000);
    },
  },
  {
    name: 'roles started without the registry',
    inject: async (scene) => {
      const { registry } = scene.servers;
      await registry!.kill();
      for (const role of scene.system.roles) role.signal('SIGTERM');
      scene.mark();
      await delay(12_000);
      await registry!.start();
    },
  },
  ...(['api', 'availability', 'notices', 'policies'] as const).flatMap((role) =>
    [HOUR_MS, -HOUR_MS].map((offset): Fault => ({
      name: `${role}: clock an hour ${offset > 0 ? 'ahead' : 'behind'}`,
      inject: async (scene) => {
        const victim = oneOf(scene, role);
        const { env } = victim;
        await victim.stop();
        victim.change({ env: { ...env, ...clockEnv(offset) } });
        victim.start();
        scene.mark();
        await delay(12_000);
        await victim.stop();
        victim.change({ env });
        victim.start();
      },
    })),
  ),
];

/** Node loads the file before the program, and it moves the clock. */
function clockEnv(offset: number): Record<string, string> {
  return { NODE_OPTIONS: `--require=${join(__dirname, 'moved-clock.js')}`, CLOCK_OFFSET_MS: String(offset) };
}
