import type { Appender, LogRecord } from '../../infra/log/log';

/** What cannot be projected is kept whole, so that nothing is lost and somebody can look at it. */
export interface DeadLetters {
  /** Resolves when the record is safely kept. May keep it twice when the process dies right after. */
  keep(topic: string, record: LogRecord, reason: Error): Promise<void>;
}

/** Dead letters on a topic of their own: key, value and headers as they were, and where it stood and why in more headers. */
export class DeadLetterTopic implements DeadLetters {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly appender: Appender,
    private readonly deadLetterTopic: string,
  ) {}

  keep(topic: string, record: LogRecord, reason: Error): Promise<void> {
    // Partitions are projected side by side, and an appender takes one append at a time.
    const kept = this.#last.then(() => this.#append(topic, record, reason));
    this.#last = kept.catch(() => undefined);
    return kept;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.appender.close();
  }

  async #append(topic: string, record: LogRecord, reason: Error): Promise<void> {
    const [position] = await this.appender.append(this.deadLetterTopic, [
      {
        key: record.key ?? '',
        value: record.value ?? Buffer.alloc(0),
        headers: {
          ...record.headers,
          dl_topic: topic,
          dl_partition: String(record.partition),
          dl_offset: String(record.offset),
          dl_timestamp: String(record.timestamp),
          dl_value: record.value === null ? 'null' : 'bytes',
          dl_reason: reason.message,
        },
      },
    ]);
    if (!position)
      throw new Error(`Kafka did not acknowledge the dead letter of ${record.partition}:${record.offset}`);
  }
}
