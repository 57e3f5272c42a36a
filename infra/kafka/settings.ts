import { z } from 'zod';
import { duration, flag, type SettingsOf } from '../config';

/** The variables that lead to Kafka. */
export const kafkaEnvironment = {
  /** `host:port`, separated by commas. */
  KAFKA_BROKERS: z.string().min(1).default('127.0.0.1:19092'),
  KAFKA_SSL: flag(),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** How long Kafka waits for the heartbeat of a consumer before it assigns its partitions to others. */
  KAFKA_SESSION_TIMEOUT: duration('6s'),
  /** The replicas of each partition of a new topic; absent = as many as there are brokers, 3 at most. */
  REPLICATION_FACTOR: z.coerce.number().int().min(1).optional(),
};

export type KafkaEnvironment = SettingsOf<typeof kafkaEnvironment>;
