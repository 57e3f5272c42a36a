import { Kafka, logLevel } from 'kafkajs';
import { KafkaProxy } from '../../test/proxy';
import { testServers, uniqueName } from '../../test/servers';
import { readAll, valuesOf } from '../event-log/conformance/harness';
import { createLogger } from '../logger';
import { KafkaLog } from './kafka-log';
import { createTopics } from './topics';

jest.setTimeout(30_000);

/**
 * Why the appender does not use kafkajs' idempotent producer (2.2.4), which would spare us duplicates. When the answer to
 * a send is lost it takes the send's sequence number back, and the next send in line gets it before the first is repeated:
 * the broker takes the second record for a repetition of the first, and acknowledges it without writing it.
 * Should this test fail some day, the idempotent producer may be worth another look.
 */
test("kafkajs' idempotent producer says of a record that it is written when it is not", async () => {
  const direct = testServers().kafkaBrokers.split(',');
  const proxy = await KafkaProxy.start(direct);
  const logger = createLogger('silent');
  const settings = { brokers: direct, clientId: 'test' };
  const topic = uniqueName('idempotent');
  await createTopics(settings, logger, [{ topic, partitions: 1, settings: {} }]);
  const kafka = new Kafka({
    brokers: proxy.brokers,
    requestTimeout: 500,
    retry: { initialRetryTime: 100 },
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'before' }] });
  proxy.loseProduceResponses(1, 'hang');
  const values = ['A', 'B', 'C'];
  const answers = await Promise.allSettled(
    values.map((value) => producer.send({ topic, messages: [{ value }] })),
  );
  await producer.disconnect();
  const log = new KafkaLog(settings, logger);
  const written = valuesOf(await readAll(log, topic));
  await log.close();
  await proxy.close();
  const acknowledged = values.filter((_, i) => answers[i]?.status === 'fulfilled');
  expect(proxy.lost).toBe(1);
  expect(acknowledged.filter((value) => !written.includes(value))).not.toEqual([]);
});
