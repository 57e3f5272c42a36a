import type { Appender, OutgoingRecord } from '../../infra/event-log/log';
import type { DeadLetter, DeadLetterSink } from '../projector/dead-letter-sink';

/** What one append holds at most, unless a single record is larger: well below what a broker takes in one batch. */
const MOST_BYTES = 524_288;

/**
 * Dead letters on a topic of their own, each with the key, value and headers of the record. More headers hold its position and
 * the reason.
 */
export class DeadLetterTopic implements DeadLetterSink {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly appender: Appender,
    private readonly deadLetterTopic: string,
  ) {}

  keep(topic: string, deadLetters: readonly DeadLetter[]): Promise<void> {
    // Partitions are projected concurrently, and an appender accepts one append at a time.
    const kept = this.last.then(() => this.append(topic, deadLetters));
    this.last = kept.catch(() => undefined);
    return kept;
  }

  async close(): Promise<void> {
    await this.last;
    await this.appender.close();
  }

  private async append(topic: string, deadLetters: readonly DeadLetter[]): Promise<void> {
    for (const records of inParts(deadLetters.map((deadLetter) => toRecord(topic, deadLetter)))) {
      const positions = await this.appender.append(this.deadLetterTopic, records);
      if (positions.includes(undefined)) throw new Error('Kafka did not acknowledge all dead letters');
    }
  }
}

function* inParts(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let part: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (part.length > 0 && bytes + size > MOST_BYTES) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(record);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  return Object.entries(headers).reduce(
    (sum, [name, each]) => sum + name.length + each.length,
    key.length + value.length,
  );
}

function toRecord(topic: string, { record, reason }: DeadLetter): OutgoingRecord {
  return {
    key: record.key ?? '',
    value: record.value ?? Buffer.alloc(0),
    headers: {
      ...record.headers,
      dl_topic: topic,
      dl_partition: String(record.partition),
      dl_offset: String(record.offset),
      dl_timestamp: String(record.timestamp),
      dl_value: record.value === null ? 'null' : 'bytes',
      dl_reason: reason,
    },
  };
}
