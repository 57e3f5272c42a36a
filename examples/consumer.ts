// Keeps every outcome exactly once in a DuckDB file, whenever it is killed: node dist/examples/consumer.js outcomes.duckdb
import { DuckDBInstance } from '@duckdb/node-api';
import avsc from 'avsc';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { uncompress } from 'snappyjs';

const {
  TOPIC = 'library.outcomes',
  KAFKA_BROKERS = '127.0.0.1:19092',
  GROUP = 'outcomes-in-duckdb',
} = process.env;
const { SCHEMA_REGISTRY_URL = 'http://127.0.0.1:18081/apis/ccompat/v7' } = process.env;

type Outcome = Readonly<Record<'eventId' | 'bookId' | 'userId', string>>;

/** The value begins with a zero and the ID of its schema, which the registry has. */
const types = new Map<number, avsc.Type>();
async function decode(value: Buffer): Promise<Outcome> {
  const id = value.readUInt32BE(1);
  if (!types.has(id)) {
    const response = await fetch(`${SCHEMA_REGISTRY_URL}/schemas/ids/${id}`);
    const { schema } = (await response.json()) as { schema: string };
    types.set(id, avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema));
  }
  return types.get(id)!.fromBuffer(value.subarray(5)) as Outcome;
}

async function main(file: string): Promise<void> {
  const db = await (await DuckDBInstance.create(file)).connect();
  await db.run(
    'CREATE TABLE IF NOT EXISTS outcomes (event_id TEXT PRIMARY KEY, type TEXT, book_id TEXT, user_id TEXT);' +
      'CREATE TABLE IF NOT EXISTS progress (partition_id INTEGER PRIMARY KEY, next_offset BIGINT)',
  );
  const progress = (await db.runAndReadAll('SELECT partition_id, next_offset FROM progress')).getRows();
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    decompress: (bytes: Buffer) => Promise.resolve(uncompress(bytes)),
  });
  const kafka = new Kafka({
    clientId: 'example',
    brokers: KAFKA_BROKERS.split(','),
    logLevel: logLevel.ERROR,
  });
  const consumer = kafka.consumer({ groupId: GROUP });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    async eachMessage({ partition, message: { offset, headers, value } }) {
      const { eventId, bookId, userId } = await decode(value!);
      const type = String(headers!['ce_type']);
      // One transaction holds the row and the position after it. An outcome that comes twice has the same ID.
      await db.run('BEGIN');
      await db.run('INSERT OR IGNORE INTO outcomes VALUES ($1, $2, $3, $4)', [eventId, type, bookId, userId]);
      await db.run('INSERT OR REPLACE INTO progress VALUES ($1, $2)', [partition, Number(offset) + 1]);
      await db.run('COMMIT');
      process.stdout.write(`${partition}:${offset} ${type} ${bookId}\n`);
    },
  });
  // It goes on from the positions that the file holds: Kafka's own offsets are not used.
  for (const [partition, offset] of progress)
    consumer.seek({ topic: TOPIC, partition: Number(partition), offset: String(offset) });
}

void main(process.argv[2]!);
