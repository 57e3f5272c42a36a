import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Pool } from 'pg';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { projectRoot } from '../../infra/local/run';
import { createPool } from '../../infra/postgres/pool';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { OUTCOME_TYPES, OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import { sampleOfRecord } from '../samples';
import { uniqueName } from '../servers';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { ConnectWorker } from './connect';

const TABLE = readFileSync(path.join(projectRoot(), 'docs/other-clients/jdbc-sink/outcomes.sql'), 'utf8');
/** Columns that only some kinds of outcome have. */
const NOTHING = { copyId: null, pickupBy: null, queuePosition: null, status: null, reason: null, code: null };

describe('Kafka Connect, with a sink for databases', () => {
  let environment: TestEnvironment;
  let pool: Pool;
  let worker: ConnectWorker | undefined;
  const outcomes = OUTCOME_TYPES.flatMap((type) => [
    sampleOfRecord(OUTCOMES.schemas[type], 'full') as Outcome,
    sampleOfRecord(OUTCOMES.schemas[type], 'bare') as Outcome,
  ]);

  beforeAll(async () => {
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    await pool.query(TABLE);
  });

  afterAll(async () => {
    await worker?.stop();
    await pool.end();
    await environment.close();
  });

  async function append(records: readonly OutgoingRecord[]): Promise<void> {
    const appender = environment.log.createAppender();
    expect(await appender.append(environment.topics.outcomes, records)).not.toContain(undefined);
    await appender.close();
  }

  test('fills a table with every type of outcome, each once though each was published twice', async () => {
    const registry = createRegistry(environment.config.SCHEMA_REGISTRY_URL);
    const encoder = await createEncoder({ registry, topic: environment.topics.outcomes, schemas: OUTCOMES });
    const records = outcomes.map((outcome) => encodeRecord(outcome, encoder, { source: '/test' }));
    const last = sampleOfRecord(OUTCOMES.schemas.ReservationFulfilled, 'full') as Outcome;
    await append([...records, ...records, encodeRecord(last, encoder, { source: '/test' })]);

    worker = await ConnectWorker.start(workerSettings(environment), sinkSettings(environment));
    await worker.until(async () => {
      const { rows } = await pool.query('SELECT FROM outcomes WHERE "eventId" = $1', [last.eventId]);
      return rows.length > 0;
    });

    const { rows } = await pool.query<{ eventId: string }>('SELECT * FROM outcomes');
    const byId = new Map(rows.map((row) => [row.eventId, row]));
    expect(rows).toHaveLength(outcomes.length + 1);
    for (const outcome of outcomes) expect(byId.get(outcome.eventId)).toEqual(rowOf(outcome));
  }, 300_000);
});

function rowOf({ type, ...fields }: Outcome): object {
  const times = Object.entries(fields).filter(([name]) => name === 'occurredAt' || name === 'pickupBy');
  const dates = Object.fromEntries(times.map(([name, time]) => [name, new Date(time as number)]));
  return { ...NOTHING, ...fields, ...dates, type: `library.${type}` };
}

function workerSettings({ config }: TestEnvironment): Record<string, string> {
  const registry = config.SCHEMA_REGISTRY_URL.replace('/apis/ccompat/v7', '/apis/registry/v2');
  return {
    'bootstrap.servers': config.KAFKA_BROKERS,
    'value.converter.apicurio.registry.url': registry,
  };
}

function sinkSettings({ config, topics }: TestEnvironment): Record<string, string> {
  const { host, pathname, username, password } = new URL(config.DATABASE_URL);
  return {
    name: uniqueName('sink'),
    topics: topics.outcomes,
    'connection.url': `jdbc:postgresql://${host}${pathname}`,
    'connection.username': username,
    'connection.password': password,
  };
}
