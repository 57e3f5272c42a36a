import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { deploy } from '../../app/deploy';
import { ownRegistryService, REGISTRY_DATABASE } from '../../infra/local/services';
import { oneOf, type Fault, type Scene } from '../fault';

const EMPTY_MS = 4_000;

/** The registry loses all that it has, and a deployment gives it back. */
export const REGISTRY_FAULTS: readonly Fault[] = [
  {
    name: 'registry wiped',
    inject: async (scene) => {
      const { environment } = scene.system;
      await wipe(scene);
      await restartSome(scene);
      await delay(EMPTY_MS);
      await scene.servers.registry!.kill();
      await scene.servers.registry!.start();
      await restartSome(scene);
      await delay(EMPTY_MS);
      await ownRegistryService(portOf(scene.servers.registryUrl)).afterStart();
      await deploy(environment.config);
      scene.mark();
      await restartSome(scene);
      await delay(EMPTY_MS);
    },
  },
];

const portOf = (url: string) => Number(new URL(url).port);

async function wipe({ servers }: Scene): Promise<void> {
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  try {
    await client.query(`DROP DATABASE ${REGISTRY_DATABASE} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${REGISTRY_DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Those that start now have to do without the registry, or with an empty one. */
async function restartSome(scene: Scene): Promise<void> {
  for (const role of ['api', 'availability', 'notices']) {
    oneOf(scene, role).signal('SIGTERM');
    await delay(scene.random.between(0, 500));
  }
}
