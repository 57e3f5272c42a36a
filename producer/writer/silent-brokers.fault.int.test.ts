import { setTimeout as delay } from 'node:timers/promises';
import { readAll, until, valuesOf } from '../../infra/event-log/conformance/harness';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createTopics } from '../../infra/kafka/topics';
import { createLogger } from '../../infra/logger';
import { KafkaProxy } from '../../test/proxy';
import { startServers, testServers, uniqueName, type ServerSet } from '../../test/servers';
import { GroupCommitWriter } from './group-commit-writer';
import { write, type Written } from './testing';

jest.setTimeout(120_000);

const PARTITIONS = 6;
const logger = createLogger('silent');

/** A writer that has not written anything yet, to a topic of its own. */
async function openWriter(brokers: string, through = brokers.split(',')) {
  const topic = uniqueName('silent');
  const settings = { brokers: brokers.split(','), clientId: 'test' };
  await createTopics(settings, logger, [{ topic, partitions: PARTITIONS, settings: {} }]);
  const log = new KafkaLog({ ...settings, brokers: through }, logger);
  const writer = new GroupCommitWriter(log.createAppender(), {
    topic,
    partitions: PARTITIONS,
    timeout: 1_500,
    maxPending: 1_000,
  });
  const direct = new KafkaLog(settings, logger);
  return {
    writer,
    /** What is in the topic. A broker that was stopped is no leader at first, and cannot be read from. */
    recorded: async () => {
      let values: string[] | undefined;
      const read = async () => {
        values = await readAll(direct, topic).then(valuesOf, () => undefined);
        return values !== undefined;
      };
      await until(read, 'the topic to be readable');
      return values!.sort();
    },
    close: async () => void (await Promise.all([writer.close(), log.close(), direct.close()])),
  };
}

/** Clients that come one after the other, to several partitions, until the first of them is answered; what all are told. */
async function writesOf(writer: GroupCommitWriter): Promise<Written['outcome'][]> {
  const writes: Written[] = [];
  do {
    writes.push(write(writer, `write ${writes.length}`, { key: `key-${writes.length}` }));
    await delay(20);
  } while (!writes[0]!.outcome);
  await until(() => writes.every(({ outcome }) => outcome !== undefined), 'all writes to be settled');
  return writes.map(({ outcome }) => outcome);
}

async function isAcknowledged(writer: GroupCommitWriter, value: string): Promise<boolean> {
  const written = write(writer, value);
  await until(() => written.outcome !== undefined, 'the write to be settled');
  return typeof written.outcome === 'object';
}

describe('writes that brokers are not given were surely not recorded', () => {
  describe('by brokers that were stopped', () => {
    let servers: ServerSet;
    beforeAll(async () => {
      servers = await startServers({ brief: true, servers: ['kafka'] });
    }, 180_000);
    afterAll(() => servers.close());

    test.each([
      ['the first ones', 0],
      ['those after a quiet while', 1],
    ])('%s', async (_which, before) => {
      const { writer, recorded, close } = await openWriter(servers.kafkaBrokers);
      const known = Array.from({ length: before }, () => write(writer, 'before'));
      await until(() => known.every(({ outcome }) => typeof outcome === 'object'), 'the write before');
      await delay(before * 1_200);
      await servers.kafka[0]!.pause();
      const outcomes = await writesOf(writer);
      await servers.kafka[0]!.resume();
      expect(outcomes.filter((outcome) => outcome !== 'not recorded')).toEqual([]);
      await until(() => isAcknowledged(writer, 'after'), 'a write after it all');
      expect([...new Set(await recorded())]).toEqual(['after', ...known.map(() => 'before')]);
      await close();
    });
  });

  describe('through a network that swallows everything', () => {
    let proxy: KafkaProxy;
    beforeEach(async () => {
      proxy = await KafkaProxy.start(testServers().kafkaBrokers.split(','));
    });
    afterEach(() => proxy.close());

    test('the first ones', async () => {
      const { writer, recorded, close } = await openWriter(testServers().kafkaBrokers, proxy.brokers);
      proxy.fallSilent();
      expect((await writesOf(writer)).filter((outcome) => outcome !== 'not recorded')).toEqual([]);
      expect(await recorded()).toEqual([]);
      await close();
    });

    test('those after the connections were lost', async () => {
      const { writer, recorded, close } = await openWriter(testServers().kafkaBrokers, proxy.brokers);
      const before = write(writer, 'before');
      await until(() => typeof before.outcome === 'object', 'the write before');
      proxy.fallSilent();
      await proxy.hangUp();
      expect((await writesOf(writer)).filter((outcome) => outcome !== 'not recorded')).toEqual([]);
      expect(await recorded()).toEqual(['before']);
      await close();
    });
  });
});
