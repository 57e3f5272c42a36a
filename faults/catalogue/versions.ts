import { deploy } from '../../app/deploy';
import type { Fault, Scene } from '../fault';

/** Readers before writers, as docs/upgrading.md says. */
const ORDER = ['availability', 'demand', 'notices', 'policies', 'api'] as const;

/** Two versions of the platform side by side. */
export const VERSION_FAULTS: readonly Fault[] = [
  {
    name: 'rolling upgrade and back',
    needs: { old: true },
    inject: async (scene) => {
      const { build, old, system } = scene;
      await deploy(system.environment.config);
      await exchange(scene, ORDER, build);
      await exchange(scene, ORDER.toReversed(), old!);
      await exchange(scene, ORDER, build);
    },
  },
];

/** Exchanges the processes for those of another build, one after the other: each is ready before the next one ends. */
async function exchange({ system, mark }: Scene, roles: readonly string[], build: string): Promise<void> {
  for (const role of roles.flatMap((name) => system.of(name))) {
    await role.stop();
    mark();
    role.change({ build });
    role.start();
    await system.untilReady();
  }
}
