import { Kafka, logLevel } from 'kafkajs';
import { registerCodecs } from '../../infra/kafka/codecs';

/** A minimal reader: kafkajs with its defaults delivers batches, and the values are counted. */
const env = (name: string) => process.env[name] ?? '';
const total = Number(env('EVENTS'));

async function main(): Promise<void> {
  registerCodecs();
  const kafka = new Kafka({ brokers: env('KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: env('GROUP') });
  let [records, bytes] = [0, 0];
  await consumer.connect();
  await consumer.subscribe({ topic: env('TOPIC'), fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch({ batch }) {
      for (const { value } of batch.messages) {
        records += 1;
        bytes += value?.length ?? 0;
      }
      // Exits without closing the consumer, which would take time and is part of the measurement.
      if (records >= total) process.exit(bytes > 0 ? 0 : 1);
      return Promise.resolve();
    },
  });
}

void main();
