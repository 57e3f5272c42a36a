import { setTimeout as delay } from 'node:timers/promises';
import { repeatedly, type Fault } from '../fault';

/** The way between the platform and Kafka, and Postgres. */
export const NETWORK_FAULTS: readonly Fault[] = [
  {
    name: 'answers of Kafka lost, connection open',
    needs: { proxies: true },
    inject: (scene) =>
      repeatedly(scene, 3, [6_000, 7_000], () => {
        scene.proxies.kafka.loseProduceResponses(3, 'hang');
        scene.mark();
      }),
  },
  {
    name: 'answers of Kafka lost, connection closed',
    needs: { proxies: true },
    inject: (scene) =>
      repeatedly(scene, 6, [1_500, 2_500], () => {
        scene.proxies.kafka.loseProduceResponses(6, 'close');
        scene.mark();
      }),
  },
  {
    name: 'answers of Kafka late',
    needs: { proxies: true },
    inject: async (scene) => {
      scene.proxies.kafka.delayProduceResponses(2_000);
      await delay(8_000);
      scene.proxies.kafka.delayProduceResponses(0);
      scene.mark();
    },
  },
  {
    name: 'connections to Kafka cut',
    needs: { proxies: true },
    inject: (scene) =>
      repeatedly(scene, 10, [800, 1_500], () => {
        scene.proxies.kafka.cut();
        scene.mark();
      }),
  },
  {
    name: 'connections to Postgres half-open',
    needs: { proxies: true },
    inject: (scene) =>
      repeatedly(scene, 2, [8_000, 10_000], () => {
        scene.proxies.postgres.silence();
        scene.mark();
      }),
  },
  {
    name: 'answers of Postgres lost',
    needs: { proxies: true },
    inject: (scene) =>
      repeatedly(scene, 2, [8_000, 10_000], () => {
        scene.proxies.postgres.silence('answers');
        scene.mark();
      }),
  },
];
