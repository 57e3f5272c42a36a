import { Kafka, logLevel, type Admin } from 'kafkajs';
import { createPlaced } from '../../infra/kafka/testing';
import { until } from '../../infra/event-log/conformance/harness';
import { startServers, type ServerSet } from '../../test/servers';
import { FaultHarness } from './fault/testing';
import type { Written } from './testing';

jest.setTimeout(90_000);

const BAD = 0;
/** How long a write may take. */
const TIMEOUT_MS = 3_000;

describe('when one partition of several cannot be written to', () => {
  let servers: ServerSet;
  let admin: Admin;
  beforeAll(async () => {
    servers = await startServers({ brief: true, servers: ['kafka'], brokers: 3 });
    admin = new Kafka({ brokers: servers.kafkaBrokers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  }, 180_000);
  afterAll(async () => {
    await admin.disconnect();
    await servers.close();
  });

  test.each([
    ['it has no leader', [[3], [1], [2], [1]], 1],
    [
      'it has too few replicas in sync',
      [
        [1, 3],
        [1, 2],
        [2, 1],
        [1, 2],
      ],
      2,
    ],
  ])(
    '%s: the others go on, and write nothing twice; its writes are surely not recorded, until it is back',
    async (_why, placement, minInSync) => {
      const createTopic = (topic: string) =>
        createPlaced(admin, topic, placement, { 'min.insync.replicas': String(minInSync) });
      const scene = await FaultHarness.open(servers.kafkaBrokers, {
        timeout: TIMEOUT_MS,
        partitions: 4,
        createTopic,
      });
      const isBad = (written: Written) => scene.partitionOf(written) === BAD;
      const bad = (outcome: Written['outcome']) =>
        scene.load.writes.filter((written) => isBad(written) && written.outcome === outcome).length;
      await scene.acknowledges(200);
      await servers.kafka[2]!.kill();
      // Until Kafka has noticed that the broker is gone, its leader waits for it: those writes are in doubt, and those behind them
      // are refused. A broker hears of it later than the cluster says so. From here on none is in doubt.
      await until(
        async () => (await admin.describeCluster()).brokers.length === 2,
        'the broker to be missed',
      );
      await calm(() => bad('maybe recorded'));
      const missed = bad('not recorded');
      await until(
        () => bad('not recorded') >= missed + 40,
        'writes of the bad partition to be refused since then',
      );
      const noticed = scene.load.writes.length;
      await scene.acknowledges(200);
      const late = scene.load.writes.slice(noticed).filter(isBad);
      await servers.kafka[2]!.start();
      const before = scene.load.writes.length;
      await until(
        () => scene.load.writes.slice(before).some((w) => isBad(w) && typeof w.outcome === 'object'),
        'the bad partition to be written to again',
      );
      await scene.end();
      expect(await scene.lies()).toEqual([]);
      // Only while a busy machine keeps the leader from answering at all can one be in doubt.
      const refused = late.filter(({ outcome }) => outcome === 'not recorded');
      const doubtful = late.filter(({ outcome }) => outcome === 'maybe recorded');
      expect(doubtful.length).toBeLessThan(refused.length);
      expect(scene.load.writes.filter((w) => !isBad(w) && typeof w.outcome !== 'object')).toEqual([]);
      expect((await scene.duplicates()).filter(({ partition }) => partition !== BAD)).toEqual([]);
      await scene.close();
    },
  );
});

/** Waits until a number has been the same for longer than a write may take. */
async function calm(count: () => number): Promise<void> {
  let [last, since] = [count(), Date.now()];
  await until(() => {
    if (count() !== last) [last, since] = [count(), Date.now()];
    return Date.now() - since > 2 * TIMEOUT_MS;
  }, 'the writes in doubt to be over');
}
