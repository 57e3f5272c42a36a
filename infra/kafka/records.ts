import type { EachBatchPayload, IHeaders } from 'kafkajs';
import type { LogBatch, LogRecord } from '../event-log/log';
import { FetchedMessage } from './own-fetch';

type KafkaBatch = EachBatchPayload['batch'];

/** The offset that the batch was asked for. kafkajs has it, but its types don't. */
export function fetchedOffsetOf(batch: KafkaBatch): number {
  return Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
}

export function toLogBatch(batch: KafkaBatch): LogBatch {
  const { partition } = batch;
  return {
    partition,
    fromOffset: fetchedOffsetOf(batch),
    nextOffset: Number(batch.lastOffset()) + 1,
    endOffset: Number(batch.highWatermark),
    records: batch.messages.map((message) => recordOf(message) ?? toLogRecord(partition, message)),
  };
}

/** The record that we have read of it: see `readFetchesByOurselves`. */
function recordOf(message: object): LogRecord | undefined {
  return message instanceof FetchedMessage ? message.record : undefined;
}

function toLogRecord(partition: number, message: KafkaBatch['messages'][number]): LogRecord {
  return {
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
  };
}

/**
 * Other clients may write a header twice, or one without a value: the last value counts, and none is as good as absent.
 * Most records have neither, and are taken as they are: every event has seven headers, so copying them would cost.
 */
function toHeaders(headers: IHeaders = {}): Record<string, Buffer> {
  if (areBuffers(headers)) return headers;
  const result: Record<string, Buffer> = {};
  for (const [name, values] of Object.entries(headers)) {
    const value = Array.isArray(values) ? values.at(-1) : values;
    if (value != null) result[name] = Buffer.from(value);
  }
  return result;
}

function areBuffers(headers: IHeaders): headers is Record<string, Buffer> {
  for (const name in headers) if (!Buffer.isBuffer(headers[name])) return false;
  return true;
}
