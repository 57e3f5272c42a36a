import { type Message, type Producer } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { createKafka, kafkaSettings } from '../../infra/kafka/client';
import { partitionOf } from '../../infra/event-log/murmur2';
import { createLogger } from '../../infra/logger';
import type { LibraryEvent } from '../../schemas/generated/events';
import { PARTITIONS } from '../../schemas/topics';
import { repeatedly, type Fault, type Scene } from '../fault';
import { STRAY } from '../observe';
import { FOREIGN_CODECS, registerCompressors } from './foreign-codecs';

const TIMES = 10;
const PAUSE = [300, 900] as const;

/** Other programs that write to the stream. */
export const WRITER_FAULTS: readonly Fault[] = [
  {
    name: 'foreign writer: batches in every codec',
    inject: (scene) =>
      writing(scene, {}, async (producer, topic) => {
        for (const compression of FOREIGN_CODECS)
          await producer.send({ topic, compression, messages: someEvents(scene) });
      }),
  },
  {
    name: 'foreign writer: transactions, half of them aborted',
    inject: (scene) =>
      writing(scene, { transactionalId: `foreign-${scene.random.hex(8)}` }, async (producer, topic) => {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: someEvents(scene) });
        if (scene.random.chance(0.5)) await transaction.abort();
        else await transaction.commit();
      }),
  },
  {
    name: 'foreign writer: rubbish',
    inject: (scene) =>
      writing(scene, {}, async (producer, topic) => {
        const values = [
          Buffer.alloc(0),
          null,
          Buffer.from('rubbish'),
          Buffer.from([0, 0, 0, 0, 1, 255, 255]),
        ];
        const messages = values.map((value) => ({ key: stray(scene), value }));
        await producer.send({ topic, messages });
      }),
  },
  {
    name: 'foreign writer: wrong partition',
    inject: (scene) =>
      writing(scene, {}, async (producer, topic) => {
        const strayed = record(scene, catalogued(stray(scene)));
        const right = partitionOf(Buffer.from(strayed.key!), PARTITIONS);
        const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({ ...strayed, partition }));
        messages.splice(right, 1);
        await producer.send({ topic, messages });
      }),
  },
  {
    name: 'foreign writer: records of a megabyte',
    inject: (scene) =>
      writing(scene, {}, async (producer, topic) => {
        await producer.send({ topic, messages: [{ key: stray(scene), value: Buffer.alloc(900_000, 'x') }] });
      }),
  },
];

async function writing(
  scene: Scene,
  options: { transactionalId?: string },
  write: (producer: Producer, topic: string) => Promise<void>,
): Promise<void> {
  const { config, topics } = scene.system.environment;
  const kafka = createKafka(kafkaSettings(config, 'foreign'), createLogger('silent'));
  registerCompressors();
  const producer = kafka.producer({
    ...options,
    ...(options.transactionalId && { maxInFlightRequests: 1, idempotent: true }),
  });
  scene.foreign.add('/test');
  await producer.connect();
  try {
    await repeatedly(scene, TIMES, PAUSE, async () => {
      await write(producer, topics.reservations);
      scene.mark();
    });
  } finally {
    await producer.disconnect();
  }
}

/** Books of its own, with a copy and readers. */
function someEvents(scene: Scene): Message[] {
  return Array.from({ length: 5 }, () => `foreign-${scene.random.hex(8)}`).flatMap((bookId) => {
    const common = () => ({ eventId: uuidv7(), occurredAt: Date.now(), bookId });
    const events: LibraryEvent[] = [
      catalogued(bookId),
      { type: 'CopyAdded', ...common(), copyId: 'c1' },
      { type: 'BookReserved', ...common(), reservationId: uuidv7(), userId: 'ann' },
      { type: 'BookReserved', ...common(), reservationId: uuidv7(), userId: 'bob' },
    ];
    return events.map((event) => record(scene, event));
  });
}

function catalogued(bookId: string): LibraryEvent {
  const common = { eventId: uuidv7(), occurredAt: Date.now(), bookId };
  return { type: 'BookCatalogued', ...common, title: 'Foreign', authors: [], isbn: null, year: null };
}

function record({ system }: Scene, event: LibraryEvent): Message {
  const { key, value, headers } = system.environment.encode(event);
  return { key, value, headers: { ...headers } };
}

const stray = ({ random }: Scene) => `${STRAY}${random.hex(8)}`;
