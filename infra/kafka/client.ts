import { Kafka, logLevel, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs';
import type { Logger } from '../logger';
import { registerCodecs } from './codecs';
import { tolerateLeaderless } from './leaderless';
import { readFetchesByOurselves } from './own-fetch';
import type { KafkaEnvironment } from './settings';

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean;
  readonly sasl?: SASLOptions;
}

export function kafkaSettings(config: KafkaEnvironment, clientId: string): KafkaSettings {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = config;
  if (mechanism && (!username || !password)) {
    throw new Error('KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as well');
  }
  if (!mechanism && (username || password)) {
    throw new Error('KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD need KAFKA_SASL_MECHANISM as well');
  }
  return {
    brokers: config.KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
    clientId,
    ssl: config.KAFKA_SSL,
    ...(mechanism && { sasl: { mechanism, username, password } as SASLOptions }),
  };
}

/**
 * A kafkajs client. Its own log goes to ours at `debug`, but for errors: what is wrong is reported by the caller,
 * with the reason, and not a second time by the library.
 */
export function createKafka(
  settings: KafkaSettings,
  logger: Logger,
  overrides: Partial<KafkaConfig> = {},
): Kafka {
  registerCodecs();
  tolerateLeaderless();
  readFetchesByOurselves();
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ssl: settings.ssl ?? false,
    ...(settings.sasl && { sasl: settings.sasl }),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.INFO,
    logCreator: kafkaLogCreator(logger),
    ...overrides,
  });
}

/** What kafkajs logs of its own, as `createKafka` says. */
export function kafkaLogCreator(logger: Logger): logCreator {
  return () =>
    ({ level, log: { message, timestamp, ...rest } }) =>
      logger[level === logLevel.ERROR ? 'warn' : 'debug']({ kafkajs: rest }, message);
}

/** The brokers with another one first: a client that is made anew should not insist on the broker that failed. */
export function rotated(brokers: readonly string[], by: number): string[] {
  const start = by % brokers.length;
  return [...brokers.slice(start), ...brokers.slice(0, start)];
}
