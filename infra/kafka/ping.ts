import { Kafka, logLevel } from 'kafkajs';
import type { KafkaSettings } from './client';

/** How many brokers the cluster has now; 0 while nobody answers. Asks once, without retries. */
export async function countBrokers({ brokers, ssl, sasl }: Omit<KafkaSettings, 'clientId'>): Promise<number> {
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId: 'ping',
    ...(ssl && { ssl }),
    ...(sasl && { sasl }),
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } catch {
    return 0;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
