import { MemoryLog } from '../../infra/event-log/memory-log';
import { LIBRARY_EVENTS } from '../generated/events';
import type { RegisteredSchema } from '../registry/registry';
import { SchemaLedger } from './ledger';

export const TOPIC = 'library.schemas';

/** A log in memory with the empty topic of the ledger. */
export function memoryLog(): MemoryLog {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  return log;
}

/** A ledger in memory. */
export function memoryLedger(log = memoryLog()): SchemaLedger {
  return new SchemaLedger(log, TOPIC);
}

/** An entry for `CopyAdded`, of the next version where a field is named. */
export function copyAdded(id: number, subject: string, field?: string): RegisteredSchema {
  const { fields, ...record } = LIBRARY_EVENTS.schemas.CopyAdded;
  const more = field === undefined ? [] : [{ name: field, type: ['null', 'string'], default: null }];
  const schema = JSON.stringify({ ...record, fields: [...fields, ...more] });
  return { id, subject, version: field === undefined ? 1 : 2, schemaType: 'AVRO', schema };
}
