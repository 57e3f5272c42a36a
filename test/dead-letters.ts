import type { LogRecord, Position } from '../infra/event-log/log';
import type { TestEnvironment } from './environment';

/** The dead letter of the record at this position of the reservations topic; undefined where there is none. */
export async function deadLetterOf(
  { log, topics }: TestEnvironment,
  { partition, offset }: Position,
): Promise<LogRecord | undefined> {
  for await (const { records } of log.read(topics.deadLetters, {
    ranges: await log.bounds(topics.deadLetters),
  })) {
    const found = records.find(
      ({ headers }) =>
        headers['dl_topic']?.toString() === topics.reservations &&
        headers['dl_partition']?.toString() === String(partition) &&
        headers['dl_offset']?.toString() === String(offset),
    );
    if (found) return found;
  }
  return undefined;
}
