import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../infra/local/wait';
import type { ServerHandle } from '../../test/private-servers';
import { repeatedly, type Fault, type Scene } from '../fault';
import { activeController, brokersOf, partitionsOf } from '../system/cluster-state';

const DOWN_MS = 5_000;
/** Long enough for a figure, where the others are to go on meanwhile. */
const LONG_DOWN_MS = 12_000;
/** Until the cluster has found out who is gone, and has chosen others. */
const NOTICED_TIMEOUT_MS = 30_000;
/** Brokers in a row need time to copy what they missed, or the next one takes the last copy with it. */
const IN_SYNC_MS = 6_000;
/** Of three copies so many have to acknowledge. */
const LEAST_IN_SYNC = 2;

/** Brokers that are killed, frozen, or restarted. Of the copies of everything there are three, and two have to acknowledge. */
export const BROKER_FAULTS: readonly Fault[] = [
  {
    name: 'leader killed',
    needs: { brokers: 3 },
    inject: (scene) =>
      repeatedly(scene, 3, [IN_SYNC_MS, IN_SYNC_MS], async () => {
        const leader = await busiestLeader(scene);
        await leader.kill();
        scene.mark();
        await delay(DOWN_MS);
        await leader.start();
      }),
  },
  {
    name: 'active controller killed',
    needs: { brokers: 3 },
    inject: (scene) =>
      repeatedly(scene, 2, [IN_SYNC_MS, IN_SYNC_MS], async () => {
        const controller = (await nodesOf(scene)).get(await activeController(scene.system.environment))!;
        await controller.kill();
        scene.mark();
        await delay(DOWN_MS);
        await controller.start();
      }),
  },
  {
    name: 'one broker down, the others go on',
    needs: { brokers: 3 },
    inject: (scene) => downTogether(scene, 1),
  },
  {
    name: 'two brokers of five down, the others go on',
    needs: { brokers: 5 },
    inject: (scene) => downTogether(scene, 2),
  },
  {
    name: 'each broker restarted in turn',
    needs: { brokers: 3 },
    inject: async (scene) => {
      for (const broker of scene.random.shuffled(scene.servers.kafka)) {
        scene.mark();
        await broker.stop();
        await broker.start();
        await delay(IN_SYNC_MS);
      }
    },
  },
  {
    name: 'leader frozen',
    needs: { brokers: 3 },
    inject: async (scene) => {
      const leader = await busiestLeader(scene);
      await leader.pause();
      scene.mark();
      await delay(12_000);
      await leader.resume();
      await delay(IN_SYNC_MS);
    },
  },
  {
    name: 'fewer copies than acknowledge',
    needs: { brokers: 3 },
    inject: async (scene) => {
      const { kafka } = scene.servers;
      // The majority: two of three, three of five.
      const victims = scene.random.shuffled(kafka).slice(0, Math.ceil(kafka.length / 2));
      await Promise.all(victims.map((broker) => broker.kill()));
      await delay(DOWN_MS);
      await Promise.all(victims.map((broker) => broker.start()));
      scene.mark();
      await delay(IN_SYNC_MS);
    },
  },
  {
    name: 'all brokers killed',
    inject: async (scene) => {
      const { kafka } = scene.servers;
      await Promise.all(kafka.map((broker) => broker.kill()));
      await delay(DOWN_MS);
      await Promise.all(kafka.map((broker) => broker.start()));
      scene.mark();
      await delay(IN_SYNC_MS);
    },
  },
];

/** The brokers that are up, by the node that each is. */
async function nodesOf({ system, servers }: Scene): Promise<Map<number, ServerHandle>> {
  // The handles are in the order of the brokers' addresses.
  const addresses = servers.kafkaBrokers.split(',');
  return new Map(
    [...(await brokersOf(system.environment))].map(([nodeId, { host, port }]) => [
      nodeId,
      servers.kafka[addresses.indexOf(`${host}:${port}`)]!,
    ]),
  );
}

/** The broker that leads most partitions of the stream. */
async function busiestLeader(scene: Scene): Promise<ServerHandle> {
  const { environment } = scene.system;
  const partitions = await partitionsOf(environment, environment.topics.reservations);
  const led = new Map<number, number>();
  for (const { leader } of partitions) if (leader >= 0) led.set(leader, (led.get(leader) ?? 0) + 1);
  const [[busiest]] = [...led].sort(([, a], [, b]) => b - a) as [[number, number]];
  return (await nodesOf(scene)).get(busiest)!;
}

/** Kills some brokers, and notes what became of the writes to the partitions of which enough copies are left. */
async function downTogether(scene: Scene, count: number): Promise<void> {
  const victims = scene.random.shuffled([...(await nodesOf(scene))]).slice(0, count);
  const nodes = new Set(victims.map(([node]) => node));
  await Promise.all(victims.map(([, broker]) => broker.kill()));
  if (count === 1) scene.mark();
  await waitUntil(() => hasNoticed(scene, nodes), {
    what: 'the cluster did not notice that brokers are gone',
    timeout: NOTICED_TIMEOUT_MS,
  });
  const before = await writable(scene);
  const from = performance.now();
  await delay(LONG_DOWN_MS);
  const until = performance.now();
  const after = await writable(scene);
  scene.healthy({
    from,
    until,
    partitions: new Set([...before.partitions].filter((partition) => after.partitions.has(partition))),
    keyed: before.keyed && after.keyed,
  });
  await Promise.all(victims.map(([, broker]) => broker.start()));
  if (count > 1) scene.mark();
  await delay(IN_SYNC_MS);
}

/** Whether none of the nodes leads a partition, or is counted on to have what is acknowledged; but for the last copy. */
async function hasNoticed({ system }: Scene, nodes: ReadonlySet<number>): Promise<boolean> {
  const { environment } = system;
  const { reservations, idempotencyKeys } = environment.topics;
  const states = await Promise.all(
    [reservations, idempotencyKeys].map((topic) => partitionsOf(environment, topic)),
  );
  return states
    .flat()
    .every(
      ({ leader, inSync }) => !nodes.has(leader) && (leader < 0 || !inSync.some((node) => nodes.has(node))),
    );
}

/** The partitions of the stream that can be written to, by what the cluster says of their copies. */
async function writable({ system }: Scene): Promise<{ partitions: Set<number>; keyed: boolean }> {
  const { environment } = system;
  const { reservations, idempotencyKeys } = environment.topics;
  const ofTopic = async (topic: string) =>
    (await partitionsOf(environment, topic)).filter(
      ({ leader, inSync }) => leader >= 0 && inSync.length >= LEAST_IN_SYNC,
    );
  return {
    partitions: new Set((await ofTopic(reservations)).map(({ partition }) => partition)),
    keyed: (await ofTopic(idempotencyKeys)).length > 0,
  };
}
