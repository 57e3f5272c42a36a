import { testServers, uniqueName } from '../../test/servers';
import { describeLog } from '../event-log/conformance';
import { createLogger } from '../logger';
import { KafkaLog } from './kafka-log';
import { createTopics } from './topics';

jest.setTimeout(30_000);

const logger = createLogger('silent');

describeLog('the log on Kafka', () => {
  const settings = { brokers: [testServers().kafkaBrokers], clientId: 'test' };
  const log = new KafkaLog(settings, logger);
  return Promise.resolve({
    log,
    createTopic: async (partitions) => {
      const topic = uniqueName('conformance');
      await createTopics(settings, logger, [{ topic, partitions, settings: {} }]);
      return topic;
    },
    close: () => log.close(),
  });
});
