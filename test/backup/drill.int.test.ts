import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg, { type Pool } from 'pg';
import { deploy } from '../../app/deploy';
import { loadConfig } from '../../app/config';
import type { LogRecord } from '../../infra/event-log/log';
import { createKafka, kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { createRegistry } from '../../schemas/registry/registry';
import { SchemaLedger } from '../../schemas/ledger/ledger';
import { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import { library } from '../cli';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, event, type TestEnvironment } from '../environment';
import { caughtUp, replayFromScratch, viewsIn } from '../faults/replay';
import { story, succeeds, take } from '../replays/replays';
import { startServers, testServers, uniqueName, type ServerSet } from '../servers';

const silent = createLogger('silent');

/** What a consumer sees of a topic. */
async function contentOf(log: KafkaLog, topic: string): Promise<object[]> {
  const records: LogRecord[] = [];
  for await (const batch of log.read(topic, { ranges: await log.bounds(topic) }))
    records.push(...batch.records);
  return records
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    .map(({ partition, offset, timestamp, key, value, headers }) => ({
      ...{ partition, offset, timestamp, key, value },
      headers: Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)),
    }));
}

/** A copy of the database, made by Postgres: what a dump is elsewhere. Nobody may be connected to it. */
async function dump(url: string): Promise<string> {
  const name = uniqueName('dump');
  const client = new pg.Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)}`);
  await client.end();
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

/** Another team's writer: the ends of its transactions take offsets, and so does what it gives up. */
async function writeInTransactions({ config, topics, encode }: TestEnvironment): Promise<void> {
  const kafka = createKafka(kafkaSettings(config, 'test'), silent);
  const producer = kafka.producer({
    transactionalId: uniqueName(),
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  for (const isKept of [true, false]) {
    const transaction = await producer.transaction();
    const messages = ['book-1', 'book-2', 'book-3'].flatMap((bookId) =>
      ['t1', 't2'].map((copyId) => {
        const { key, value, headers } = encode(event('CopyAdded', { bookId, copyId: `${copyId}-${isKept}` }));
        return { key, value, headers: { ...headers } };
      }),
    );
    await transaction.send({ topic: topics.reservations, messages });
    await (isKept ? transaction.commit() : transaction.abort());
  }
  await producer.disconnect();
}

describe('a stream that is restored from a backup', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'backup-'));
  const events = story();
  let source: TestEnvironment;
  let empty: ServerSet;
  let target: Record<string, string>;
  let log: KafkaLog;
  let pool: Pool;
  let added: string;

  beforeAll(async () => {
    const starting = startServers({ servers: ['kafka'], brief: true });
    source = await createTestEnvironment();
    await source.append(take(events, 400));
    const role = await RoleProcess.start(['availability'], source.env);
    const views = createPool(source.config.DATABASE_URL, silent);
    await caughtUp(source, views);
    await Promise.all([role.stop(), views.end()]);
    const database = await dump(source.config.DATABASE_URL);
    await writeInTransactions(source);
    await new ForgottenUsers(source.log, source.topics.forgotten).store('ann', []);
    await succeeds(library(source.env, 'backup', folder));
    await source.append(take(events, 100));
    added = (await succeeds(library(source.env, 'backup', folder))).stdout;
    empty = await starting;
    target = { ...source.env, KAFKA_BROKERS: empty.kafkaBrokers, DATABASE_URL: database };
    log = new KafkaLog(kafkaSettings(loadConfig(target), 'test'), silent);
    pool = createPool(database, silent);
  }, 240_000);

  afterAll(async () => {
    await pool.end();
    await log.close();
    await empty.close();
    await source.close();
    rmSync(folder, { recursive: true });
  });

  test('goes on where it ended, and names how far it goes', async () => {
    expect(added).toContain('(100 offsets of all topics were added)');
    for (const { partition, end } of await source.log.bounds(source.topics.reservations))
      expect(added).toContain(` ${partition}:${end} `);
    expect((await library(target, 'backup', folder)).stderr).toContain('has the backup of another stream');
  });

  test('is restored from whole files only, and not under a database that knows more', async () => {
    const [name] = readdirSync(path.join(folder, 'reservations')) as [string];
    const file = path.join(folder, 'reservations', name);
    const content = readFileSync(file);
    writeFileSync(file, Buffer.concat([content.subarray(0, -1), Buffer.from('?')]));
    expect((await library(target, 'restore', folder)).stderr).toContain(`${name} is damaged`);
    writeFileSync(file, content);
    await pool.query('UPDATE library.progress SET next_offset = next_offset + 1000 WHERE partition = 3');
    expect((await library(target, 'restore', folder)).stderr).toContain(
      'The database is newer than the backup',
    );
    await pool.query('UPDATE library.progress SET next_offset = next_offset - 1000 WHERE partition = 3');
    await expect(log.bounds(source.topics.reservations)).rejects.toThrow('is not there');
  });

  test('has every event where it was, the same schemas, and views that equal a replay', async () => {
    const { topics } = source;
    expect((await succeeds(library(target, 'restore', folder))).stdout).toContain(
      '12 checkpoints of the database',
    );
    await deploy(loadConfig(target));
    for (const topic of [topics.reservations, topics.outcomes]) {
      expect(await log.bounds(topic)).toEqual(await source.log.bounds(topic));
      expect(await contentOf(log, topic)).toEqual(await contentOf(source.log, topic));
    }
    const schemas = (of: KafkaLog) => new SchemaLedger(of, topics.schemas).entries();
    expect(await schemas(log)).toEqual(await schemas(source.log));
    expect((await contentOf(log, topics.forgotten)).length).toBe(1);
    await expect(createRegistry(target['SCHEMA_REGISTRY_URL']!).ping()).resolves.toBeUndefined();

    const role = await RoleProcess.start(['availability'], target);
    await caughtUp({ ...source, log }, pool);
    expect(await viewsIn(pool)).toEqual(await replayFromScratch(source));
    await role.stop();
    expect((await succeeds(library(target, 'verify', 'availability'))).stdout).toContain(
      'availability: equal',
    );
  }, 120_000);
});
