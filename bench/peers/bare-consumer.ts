import { Type } from 'avsc';
import { Kafka, logLevel, type EachBatchPayload } from 'kafkajs';
import pg from 'pg';
import { registerCodecs } from '../../infra/kafka/codecs';

/**
 * A minimal projection: kafkajs delivers a batch, avsc decodes it, and one upsert of `unnest` arrays writes a row per event
 * into a plain table. No rules, no state, no exactly-once.
 */
const env = (name: string) => process.env[name] ?? '';
const total = Number(env('EVENTS'));
const pool = new pg.Pool({
  connectionString: env('DATABASE_URL'),
  max: 6,
  options: '-c synchronous_commit=off',
});
const types = new Map<number, Promise<Type>>();

async function fetchType(id: number): Promise<Type> {
  const response = await fetch(`${env('SCHEMA_REGISTRY_URL')}/schemas/ids/${id}`);
  const { schema } = (await response.json()) as { schema: string };
  return Type.forSchema(JSON.parse(schema) as never, { wrapUnions: 'never' });
}

function typeOf(id: number): Promise<Type> {
  const known = types.get(id) ?? fetchType(id);
  types.set(id, known);
  return known;
}

interface Row {
  eventId: string;
  bookId: string;
  occurredAt: number;
  userId?: string | null;
}

const UPSERT = {
  name: 'upsert',
  text: `INSERT INTO bare.events (partition, "offset", event_id, book_id, user_id, occurred_at)
    SELECT $1, * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[])
    ON CONFLICT (partition, "offset") DO UPDATE SET event_id = excluded.event_id`,
};

/** When the first batch was handed over: six are on their way at once, so that much is done by the time the first one is stored. */
let begin = 0;
let done = 0;

async function eachBatch({ batch }: EachBatchPayload): Promise<void> {
  begin ||= performance.now();
  const rows: Row[] = [];
  for (const { value } of batch.messages) {
    const type = await typeOf(value!.readInt32BE(1));
    rows.push(type.decode(value!, 5).value as Row);
  }
  const values = [
    batch.partition,
    batch.messages.map(({ offset }) => offset),
    ...[rows.map(({ eventId }) => eventId), rows.map(({ bookId }) => bookId)],
    ...[rows.map(({ userId }) => userId ?? null), rows.map(({ occurredAt }) => occurredAt)],
  ];
  await pool.query({ ...UPSERT, values });
  done += rows.length;
  if (done < total) return;
  const rate = (1_000 * done) / (performance.now() - begin);
  process.stdout.write(`${JSON.stringify({ msg: 'done', rate })}\n`);
}

async function main(): Promise<void> {
  await pool.query(`DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare;
    CREATE TABLE bare.events (partition int, "offset" bigint, event_id uuid, book_id text, user_id text, occurred_at bigint,
      PRIMARY KEY (partition, "offset"))`);
  registerCodecs();
  const kafka = new Kafka({ brokers: env('KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: env('GROUP'), maxBytesPerPartition: 1_048_576 });
  process.once('SIGTERM', () => void consumer.disconnect().finally(() => process.exit(0)));
  await consumer.connect();
  await consumer.subscribe({ topic: env('TOPIC'), fromBeginning: true });
  process.stdout.write('{"msg":"started"}\n');
  await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 6, eachBatch });
}

void main();
