import { Kafka, logLevel, type KafkaConfig, type logCreator } from 'kafkajs';
import type { Logger } from '../logger';
import { registerCodecs } from './codecs';
import { tolerateLeaderless } from './leaderless';
import { forgetLostConnections } from './lost-connections';
import { followMoves } from './moves';
import { readFetchesByOurselves } from './own-fetch';
import { connectionSecurity, type ConnectionSecurity } from './security/security';
import type { KafkaEnvironment } from './settings';
import { endWhenStopped } from './stopped';

export interface KafkaSettings extends Partial<ConnectionSecurity> {
  readonly brokers: readonly string[];
  readonly clientId: string;
}

/** @throws {Error} naming a variable that is missing or contradicts another: see `connectionSecurity` */
export function kafkaSettings(config: KafkaEnvironment, clientId: string): KafkaSettings {
  const brokers = config.KAFKA_BROKERS.split(',').map((broker) => broker.trim());
  return { brokers, clientId, ...connectionSecurity(config) };
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
  forgetLostConnections();
  tolerateLeaderless();
  followMoves();
  endWhenStopped();
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

/** What kafkajs logs of its own, as `createKafka` says. @param errors the level of its errors */
export function kafkaLogCreator(logger: Logger, errors: 'warn' | 'debug' = 'warn'): logCreator {
  return () =>
    ({ level, log: { message, timestamp, ...rest } }) =>
      logger[level === logLevel.ERROR ? errors : 'debug']({ kafkajs: rest }, message);
}

/** The brokers with another one first: a client that is made anew should not insist on the broker that failed. */
export function rotated(brokers: readonly string[], by: number): string[] {
  const start = by % brokers.length;
  return [...brokers.slice(start), ...brokers.slice(0, start)];
}
