import { testServers, uniqueName } from '../../test/servers';
import { append, records } from '../event-log/conformance/harness';
import { createLogger } from '../logger';
import { KafkaLog } from './kafka-log';
import { checkTopics, createTopics } from './topics';

const settings = { brokers: testServers().kafkaBrokers.split(','), clientId: 'test' };
const logger = createLogger('silent');

describe('topics', () => {
  const forEver = { 'retention.ms': '-1' };

  test('are created as they must be, ready to be written to, and left alone when they are there', async () => {
    const spec = { topic: uniqueName('topics'), partitions: 3, settings: forEver };
    await createTopics(settings, logger, [spec]);
    const log = new KafkaLog(settings, logger);
    await append(log, spec.topic, records(10));
    await createTopics(settings, logger, [{ ...spec, partitions: 5 }]);
    expect(await log.bounds(spec.topic)).toHaveLength(3);
    await expect(checkTopics(settings, logger, [spec])).resolves.toBeUndefined();
    await log.close();
  });

  test('that are missing or set otherwise are named, all of them', async () => {
    const spec = { topic: uniqueName('topics'), partitions: 1, settings: { 'retention.ms': '60000' } };
    const missing = { ...spec, topic: uniqueName('missing') };
    await createTopics(settings, logger, [spec]);
    const checked = checkTopics(settings, logger, [{ ...spec, partitions: 2, settings: forEver }, missing]);
    await expect(checked).rejects.toThrow(
      new RegExp(
        `${spec.topic} has 1 partitions and must have 2.*` +
          `${spec.topic} has retention.ms=60000 and must have -1.*` +
          `${missing.topic} is not there`,
      ),
    );
  });
});
