import type { Message, Producer, RecordMetadata } from 'kafkajs';
import {
  AppendInDoubtError,
  NotAppendedError,
  type Appender,
  type OutgoingRecord,
  type Position,
} from '../event-log/log';
import type { Logger } from '../logger';
import { createKafka, rotated, type KafkaSettings } from './client';
import { partitionOf } from '../event-log/murmur2';

export interface AppenderOptions {
  /** How long the log may take to acknowledge, in milliseconds. After that the outcome is unknown. */
  readonly timeout: number;
}

interface Connection {
  readonly producer: Producer;
  readonly partitionCounts: Map<string, number>;
  countPartitions(topic: string): Promise<number>;
}

/**
 * Appends to Kafka with acks=all, one send at a time, by a client that is thrown away as soon as there is any doubt.
 *
 * kafkajs' idempotent producer is not used: it reports records as written that are not, when the response to a produce
 * request is lost and sends overlap (`idempotent-producer.int.test.ts` shows it). Without it a lost response can only make
 * duplicates, and readers know an event again by its ID. For the same reason nothing is retried in here: whoever
 * appends knows what is still worth writing.
 */
export class KafkaAppender implements Appender {
  private connection: Connection | undefined;
  private clients = 0;
  private busy = false;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly logger: Logger,
    private readonly options: AppenderOptions,
  ) {}

  async append(topic: string, records: readonly OutgoingRecord[]): Promise<(Position | undefined)[]> {
    if (this.busy) throw new Error('an appender takes one append at a time');
    this.busy = true;
    try {
      return await this.sendAll(topic, records);
    } finally {
      this.busy = false;
    }
  }

  async close(): Promise<void> {
    const connection = this.connection;
    this.connection = undefined;
    await connection?.producer.disconnect().catch(() => undefined);
  }

  private async sendAll(
    topic: string,
    records: readonly OutgoingRecord[],
  ): Promise<(Position | undefined)[]> {
    const { connection, partitions } = await this.ready(topic);
    const messages = records.map(({ key, value, headers }): Message => {
      const bytes = Buffer.from(key);
      return { key: bytes, value, headers, partition: partitionOf(bytes, partitions) };
    });
    let acknowledged: RecordMetadata[];
    try {
      acknowledged = await within(
        this.options.timeout,
        connection.producer.send({ topic, acks: -1, timeout: this.options.timeout, messages }),
      );
    } catch (error) {
      this.discard(error);
      throw new AppendInDoubtError(`Kafka did not say whether it has the records: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const positions = positionsOf(messages, acknowledged);
    // A send can resolve without having written to a partition whose leader moved. The client's idea of the cluster is stale.
    if (positions.includes(undefined)) this.discard(new Error('a partition was not acknowledged'));
    return positions;
  }

  private async ready(topic: string): Promise<{ connection: Connection; partitions: number }> {
    try {
      this.connection ??= await this.connect();
      const known = this.connection.partitionCounts.get(topic);
      const partitions =
        known ?? (await within(this.options.timeout, this.connection.countPartitions(topic)));
      return { connection: this.connection, partitions };
    } catch (error) {
      this.discard(error);
      throw new NotAppendedError(`Kafka can't be reached: ${messageOf(error)}`, { cause: error });
    }
  }

  private async connect(): Promise<Connection> {
    const { timeout } = this.options;
    const brokers = rotated(this.settings.brokers, this.clients++);
    const kafka = createKafka({ ...this.settings, brokers }, this.logger, {
      connectionTimeout: timeout,
      requestTimeout: timeout,
      retry: { retries: 1, initialRetryTime: 50 },
    });
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: () => (args) => args.message.partition ?? 0,
      retry: { retries: 0 },
    });
    const connecting = producer.connect();
    try {
      await within(timeout, connecting);
    } catch (error) {
      // kafkajs leaves its sockets open when it fails, and may open another while it goes on trying.
      const settled = connecting.catch(() => undefined);
      void settled.then(() => producer.disconnect()).catch(() => undefined);
      throw error;
    }
    const partitionCounts = new Map<string, number>();
    const countPartitions = async (topic: string): Promise<number> => {
      const admin = kafka.admin();
      const { topics } = await admin
        .connect()
        .then(() => admin.fetchTopicMetadata({ topics: [topic] }))
        .finally(() => admin.disconnect());
      const count = topics[0]?.partitions.length ?? 0;
      if (count === 0) throw new Error(`topic ${topic} is not there`);
      partitionCounts.set(topic, count);
      return count;
    };
    return { producer, partitionCounts, countPartitions };
  }

  private discard(reason: unknown): void {
    const connection = this.connection;
    this.connection = undefined;
    if (!connection) return;
    this.logger.warn(
      { reason: messageOf(reason) },
      'Kafka producer discarded: a new one is made for the next append',
    );
    connection.producer.disconnect().catch(() => undefined);
  }
}

/** The position of each message. Within a partition Kafka keeps the order of the request, so offsets count up from the base. */
function positionsOf(
  messages: readonly Message[],
  acknowledged: readonly RecordMetadata[],
): (Position | undefined)[] {
  const next = new Map<number, number>();
  for (const { partition, errorCode, baseOffset } of acknowledged) {
    const offset = Number(baseOffset ?? -1);
    if (errorCode === 0 && offset >= 0) next.set(partition, offset);
  }
  return messages.map(({ partition }) => {
    const offset = next.get(partition!);
    if (offset === undefined) return undefined;
    next.set(partition!, offset + 1);
    return { partition: partition!, offset };
  });
}

/** The promise's result, or an error after `ms`. What the promise does later is of no interest to anybody. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
