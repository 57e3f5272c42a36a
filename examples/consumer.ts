// Keeps every outcome exactly once in a SQLite file, whenever it is killed: node dist/examples/consumer.js outcomes.sqlite
import avsc from 'avsc';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { Database } from 'node-sqlite3-wasm';
import { uncompress } from 'snappyjs';

const { TOPIC = 'library.outcomes', KAFKA_BROKERS = '127.0.0.1:19092' } = process.env;
const { SCHEMA_REGISTRY_URL = 'http://127.0.0.1:18081/apis/ccompat/v7' } = process.env;

const db = new Database(process.argv[2]);
db.exec(
  'CREATE TABLE IF NOT EXISTS outcomes (event_id TEXT PRIMARY KEY, type TEXT, book_id TEXT, user_id TEXT)',
);
db.exec('CREATE TABLE IF NOT EXISTS progress (partition_id INTEGER PRIMARY KEY, next_offset INTEGER)');

/** The value begins with a zero and the ID of its schema, which is fetched from the registry once. */
const schemas = new Map<number, Promise<avsc.Type>>();
const typeOf = async (id: number): Promise<avsc.Type> => {
  const response = await fetch(`${SCHEMA_REGISTRY_URL}/schemas/ids/${id}`);
  return avsc.Type.forSchema(
    JSON.parse(((await response.json()) as { schema: string }).schema) as avsc.Schema,
  );
};
async function decode(value: Buffer): Promise<Record<'eventId' | 'bookId' | 'userId', string>> {
  const id = value.readUInt32BE(1);
  if (!schemas.has(id)) schemas.set(id, typeOf(id));
  return (await schemas.get(id)!).fromBuffer(value.subarray(5)) as Record<
    'eventId' | 'bookId' | 'userId',
    string
  >;
}

/** One transaction holds the row and the position after it. An outcome that comes twice has the same ID. */
async function store(partition: number, offset: number, type: string, value: Buffer): Promise<void> {
  const { eventId, bookId, userId } = await decode(value);
  db.exec('BEGIN');
  db.run('INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?)', [eventId, type, bookId, userId]);
  db.run('INSERT OR REPLACE INTO progress VALUES (?, ?)', [partition, offset + 1]);
  db.exec('COMMIT');
}

async function main(): Promise<void> {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    decompress: (bytes: Buffer) => Promise.resolve(uncompress(bytes)),
  });
  const kafka = new Kafka({
    clientId: 'example',
    brokers: KAFKA_BROKERS.split(','),
    logLevel: logLevel.ERROR,
  });
  const consumer = kafka.consumer({ groupId: process.env['GROUP'] ?? 'outcomes-in-sqlite' });
  const progress = db.all('SELECT partition_id, next_offset FROM progress');
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ partition, message }) =>
      store(partition, Number(message.offset), String(message.headers?.['ce_type']), message.value!),
  });
  // It goes on from the positions that the file holds: Kafka's own offsets are not used.
  for (const row of progress)
    consumer.seek({
      topic: TOPIC,
      partition: Number(row['partition_id']),
      offset: String(row['next_offset']),
    });
}

void main();
