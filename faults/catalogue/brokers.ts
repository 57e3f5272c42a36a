import { setTimeout as delay } from 'node:timers/promises';
import { kafkaSettings } from '../../infra/kafka/client';
import { byLeader, Cluster } from '../../infra/kafka/cluster';
import { createLogger } from '../../infra/logger';
import type { ServerHandle } from '../../test/private-servers';
import { repeatedly, type Fault, type Scene } from '../fault';

const DOWN_MS = 5_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** Brokers in a row need time to copy what they missed, or the next one takes the last copy with it. */
const IN_SYNC_MS = 6_000;

/** Brokers that are killed, frozen, or restarted. Each of three holds a copy of everything, and two have to acknowledge. */
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
      const [first, second] = scene.random.shuffled(scene.servers.kafka) as [ServerHandle, ServerHandle];
      await Promise.all([first.kill(), second.kill()]);
      await delay(DOWN_MS);
      await Promise.all([first.start(), second.start()]);
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

/** The broker that leads most partitions of the stream. */
async function busiestLeader({ system, servers }: Scene): Promise<ServerHandle> {
  const { config, topics } = system.environment;
  const cluster = new Cluster(kafkaSettings(config, 'faults'), createLogger('silent'));
  try {
    const { leaders, brokers } = await cluster.metadataOf(topics.reservations, ANSWER_TIMEOUT_MS);
    const partitions = [...leaders.keys()].map((partition) => ({ partition }));
    const [busiest] = [...byLeader(partitions, leaders)].sort(([, a], [, b]) => b.length - a.length)[0]!;
    // The handles are in the order of the brokers' addresses.
    const { host, port } = brokers.get(busiest)!;
    return servers.kafka[servers.kafkaBrokers.split(',').indexOf(`${host}:${port}`)]!;
  } finally {
    cluster.close();
  }
}
