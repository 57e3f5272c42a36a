import { parentPort, workerData } from 'node:worker_threads';
import { exportEvents } from '../../../../consumer/export/export';
import type { Chunk } from '../../../../consumer/export/formats/format';
import { formatOf } from '../../../../consumer/export/formats/formats';
import { topicNames } from '../../../../schemas/topics';
import { kafkaSettings } from '../../../../infra/kafka/client';
import { KafkaLog } from '../../../../infra/kafka/kafka-log';
import { createLogger } from '../../../../infra/logger';
import { ForgottenUsers } from '../../../../schemas/forgotten/forgotten-users';
import { SchemaLedger } from '../../../../schemas/ledger/ledger';
import { ledgeredRegistry } from '../../../../schemas/ledger/ledgered-registry';
import { createRegistry } from '../../../../schemas/registry/registry';
import type { FromThread, Share, ToThread } from './thread-messages';
import { sourceOf } from './topics';

/** How many chunks may be in flight to the main thread, which writes them. */
const MAX_IN_FLIGHT = 3;

const { config, topic, format: name, filter, ranges } = workerData as Share;
const port = parentPort!;
const stop = new AbortController();
let room = MAX_IN_FLIGHT;
let wake = (): void => undefined;

port.on('message', (message: ToThread) => {
  if (message === 'next') room += 1;
  else stop.abort();
  wake();
});

const post = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

async function write(chunk: Chunk): Promise<void> {
  while (room === 0 && !stop.signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
  room -= 1;
  // A chunk that is alone in its buffer is transferred, not copied.
  const isWhole = typeof chunk !== 'string' && chunk.byteLength === chunk.buffer.byteLength;
  post({ kind: 'rows', chunk }, isWhole ? [chunk.buffer as ArrayBuffer] : []);
}

/** Exports a share of the partitions. The main thread writes head and tail of the format. */
async function main(): Promise<void> {
  const log = new KafkaLog(kafkaSettings(config, 'library-cli'), createLogger('silent'));
  const topics = topicNames(config.TOPIC_PREFIX);
  const registry = ledgeredRegistry({
    registry: createRegistry(config.SCHEMA_REGISTRY_URL),
    ledger: new SchemaLedger(log, topics.schemas),
  });
  const forgotten = new ForgottenUsers(log, topics.forgotten);
  const source = sourceOf(topic, { topics, registry, forgotten })!;
  const format = formatOf(name, source);
  try {
    await forgotten.refresh();
    await exportEvents({
      ...{ log, source, ranges, filter, write },
      limit: Infinity,
      format: { head: () => undefined, rows: (rows) => format.rows(rows), tail: () => undefined },
      signal: stop.signal,
      onRead: (records) => post({ kind: 'read', records }),
      onBroken: ({ partition, offset }, { message }) =>
        post({ kind: 'skipped', position: { partition, offset }, reason: message }),
    });
  } finally {
    await log.close();
    port.close();
  }
}

void main();
