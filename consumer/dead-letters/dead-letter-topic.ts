import type { Appender, LogRecord, OutgoingRecord } from '../../infra/event-log/log';

/** A record that could not be taken, and why. */
export interface DeadLetter {
  readonly record: LogRecord;
  readonly reason: string;
}

/** Where everybody can see what could not be projected. */
export interface DeadLetterSink {
  /** Resolves when the records are safely kept. May keep them twice when the process dies right after. */
  keep(topic: string, burials: readonly DeadLetter[]): Promise<void>;
}

/** Dead letters on a topic of their own: key, value and headers as they were, and where it stood and why in more headers. */
export class DeadLetterTopic implements DeadLetterSink {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly appender: Appender,
    private readonly deadLetterTopic: string,
  ) {}

  keep(topic: string, burials: readonly DeadLetter[]): Promise<void> {
    // Partitions are projected side by side, and an appender takes one append at a time.
    const kept = this.last.then(() => this.append(topic, burials));
    this.last = kept.catch(() => undefined);
    return kept;
  }

  async close(): Promise<void> {
    await this.last;
    await this.appender.close();
  }

  private async append(topic: string, burials: readonly DeadLetter[]): Promise<void> {
    const records = burials.map((burial) => toRecord(topic, burial));
    const positions = await this.appender.append(this.deadLetterTopic, records);
    if (positions.includes(undefined)) throw new Error('Kafka did not acknowledge all dead letters');
  }
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
