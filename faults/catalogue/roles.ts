import { setTimeout as delay } from 'node:timers/promises';
import { oneOf, repeatedly, type Fault, type Scene } from '../fault';

const VICTIMS = ['api', 'availability', 'demand', 'notices', 'policies'] as const;
/** Longer than a member of a consumer group may be silent: it is thrown out, and does not know. */
const ZOMBIE_MS = 9_000;

/** Processes of the platform that are killed, paused, or told to stop. */
export const ROLE_FAULTS: readonly Fault[] = [
  ...VICTIMS.flatMap((role) => [killed(role), paused(role), stopped(role)]),
  {
    name: 'projectors come and go every 2 s',
    inject: (scene) =>
      repeatedly(scene, 8, [2_000, 2_000], async () => {
        const role = oneOf(scene, 'availability');
        await role.stop();
        role.start();
        scene.mark();
      }),
  },
  {
    name: 'all processes killed at once',
    inject: (scene) =>
      repeatedly(scene, 2, [6_000, 9_000], () => {
        for (const role of scene.system.roles) role.signal('SIGKILL');
        scene.mark();
      }),
  },
];

function killed(role: string): Fault {
  return {
    name: `${role}: kill -9`,
    inject: (scene) => repeatedly(scene, 4, [2_500, 5_000], () => end(scene, role, 'SIGKILL')),
  };
}

function stopped(role: string): Fault {
  return {
    name: `${role}: SIGTERM`,
    inject: (scene) => repeatedly(scene, 4, [2_500, 5_000], () => end(scene, role, 'SIGTERM')),
  };
}

/** It is ended, and its supervisor starts it again. */
function end(scene: Scene, role: string, signal: NodeJS.Signals): void {
  oneOf(scene, role).signal(signal);
  scene.mark();
}

function paused(role: string): Fault {
  return {
    name: `${role}: SIGSTOP, SIGCONT`,
    inject: (scene) =>
      repeatedly(scene, 2, [2_000, 4_000], async () => {
        const victim = oneOf(scene, role);
        victim.signal('SIGSTOP');
        await delay(ZOMBIE_MS);
        victim.signal('SIGCONT');
        scene.mark();
      }),
  };
}
