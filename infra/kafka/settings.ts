import { z } from 'zod';
import { choice, duration, flag, wholeNumber, type SettingsOf } from '../config';

/** A host, or an IPv6 address in brackets, and a port. */
const BROKER = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/;

const isBroker = (text: string) => {
  const port = Number(BROKER.exec(text.trim())?.[1]);
  return port >= 1 && port <= 65_535;
};

/** The variables that lead to Kafka. */
export const kafkaEnvironment = {
  /** `host:port`, separated by commas. */
  KAFKA_BROKERS: z
    .string()
    .refine(
      (brokers) => brokers.split(',').every(isBroker),
      'should be host:port of each broker, separated by commas, such as kafka-1:9092,kafka-2:9092',
    )
    .default('127.0.0.1:19092'),
  KAFKA_SSL: flag(),
  KAFKA_SASL_MECHANISM: choice(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** How long Kafka waits for the heartbeat of a consumer before it assigns its partitions to others. */
  KAFKA_SESSION_TIMEOUT: duration('6s', { min: '500ms', max: '30m' }),
  /** The replicas of each partition of a new topic; absent = as many as there are brokers, 3 at most. */
  REPLICATION_FACTOR: wholeNumber({ min: 1, max: 32_767 }).optional(),
};

export type KafkaEnvironment = SettingsOf<typeof kafkaEnvironment>;
