import { v7 as uuidv7 } from 'uuid';
import { deploy } from '../app/deploy';
import { loadConfig, type Config } from '../app/config';
import { topicNames, type Topics } from '../schemas/topics';
import { kafkaSettings } from '../infra/kafka/client';
import { KafkaLog } from '../infra/kafka/kafka-log';
import { createLogger } from '../infra/logger';
import type { OutgoingRecord, Position } from '../infra/event-log/log';
import { encodeRecord } from '../schemas/codec/cloudevents';
import { createEncoder } from '../schemas/codec/codec';
import { LIBRARY_EVENTS, type LibraryEvent } from '../schemas/generated/events';
import { createRegistry } from '../schemas/registry/registry';
import { createTestDatabase, testServers, uniqueName } from './servers';

/** A test's own appends only prepare it: on a busy machine they may take longer than a write of the API may. */
const APPEND_TIMEOUT_MS = 30_000;

/** Topics, schemas and a database of one test, on the shared servers of the test run. */
export interface TestEnvironment {
  readonly config: Config;
  /** The same as environment variables, for processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly topics: Topics;
  readonly log: KafkaLog;
  /** Appends events to the stream of reservations, in order. */
  append(events: readonly LibraryEvent[]): Promise<Position[]>;
  /** The record that `append` would write. */
  encode(event: LibraryEvent): OutgoingRecord;
  /** Appends records unchanged. @throws {Error} when one is not acknowledged */
  appendRecords(records: readonly OutgoingRecord[]): Promise<Position[]>;
  /** Closes the connections and drops the database. The topics stay until the servers end. */
  close(): Promise<void>;
}

/**
 * Creates and deploys an environment.
 * @param overrides variables for its configuration; DATABASE_SERVER_URL names another Postgres for the database
 * @param prepare deploys to the servers; given the configuration, also as environment variables
 */
export async function createTestEnvironment(
  overrides: Readonly<Record<string, string>> = {},
  prepare: (config: Config, env: Readonly<Record<string, string>>) => Promise<void> = deploy,
): Promise<TestEnvironment> {
  const servers = testServers();
  const database = await createTestDatabase(overrides.DATABASE_SERVER_URL ?? servers.databaseUrl);
  const env = {
    KAFKA_BROKERS: servers.kafkaBrokers,
    DATABASE_URL: database.url,
    SCHEMA_REGISTRY_URL: servers.registryUrl,
    TOPIC_PREFIX: uniqueName('lib'),
    HTTP_PORT: '0',
    OPS_PORT: '0',
    LOG_LEVEL: 'warn',
    ...overrides,
  };
  const config = loadConfig(env);
  await prepare(config, env);
  const topics = topicNames(config.TOPIC_PREFIX);
  const log = new KafkaLog(kafkaSettings(config, 'test'), createLogger('silent'), {
    appendTimeout: APPEND_TIMEOUT_MS,
  });
  const appender = log.createAppender();
  const encoder = await createEncoder({
    registry: createRegistry(config.SCHEMA_REGISTRY_URL),
    topic: topics.reservations,
    schemas: LIBRARY_EVENTS,
  });
  const appendRecords = async (records: readonly OutgoingRecord[]) => {
    const positions = await appender.append(topics.reservations, records);
    if (positions.includes(undefined)) throw new Error('a record was not acknowledged');
    return positions as Position[];
  };
  const encode = (event: LibraryEvent) => encodeRecord(event, encoder, { source: '/test' });
  return {
    config,
    env,
    topics,
    log,
    appendRecords,
    encode,
    append: (events) => appendRecords(events.map(encode)),
    async close() {
      await appender.close();
      await log.close();
      await database.drop();
    },
  };
}

type EventFields<T extends LibraryEvent['type']> = Omit<
  Extract<LibraryEvent, { type: T }>,
  'type' | 'eventId' | 'occurredAt'
>;

/** An event with a new ID. By default `occurredAt` increases by a millisecond with each event, starting in 2026. */
export function event<T extends LibraryEvent['type']>(
  type: T,
  fields: EventFields<T>,
  occurredAt = tick(),
): LibraryEvent {
  return { type, eventId: uuidv7(), occurredAt, ...fields } as unknown as LibraryEvent;
}

let clock = Date.UTC(2026, 0, 1);
const tick = () => (clock += 1);
