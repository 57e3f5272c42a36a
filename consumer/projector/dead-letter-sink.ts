import type { LogRecord } from '../../infra/event-log/log';

/** A record that could not be projected, and why. */
export interface DeadLetter {
  readonly record: LogRecord;
  readonly reason: string;
}

/** Where dead letters are published. */
export interface DeadLetterSink {
  /** Resolves when the records are stored durably. If the process dies right after, they may be published twice. */
  keep(topic: string, deadLetters: readonly DeadLetter[]): Promise<void>;
}
