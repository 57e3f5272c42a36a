import type { Log, LogRecord, PartitionBounds } from '../../infra/event-log/log';
import { UndecodableError } from '../../schemas/codec/codec';
import { eventFilter, recordFilter, type Filter } from './filter';
import type { Chunk, Format } from './formats/format';
import type { EventRow } from './row';
import type { EventSource } from './source';

export interface Export {
  readonly log: Log;
  readonly source: EventSource;
  /** What is read: see `resolveRanges`. */
  readonly ranges: readonly PartitionBounds[];
  readonly filter: Filter;
  /** How many rows are written at most; Infinity: all. */
  readonly limit: number;
  readonly format: Format;
  /** Takes what is to be written; resolves when there is room for more. */
  write(chunk: Chunk): Promise<void>;
  /** Ends the export early, between two batches. */
  readonly signal: AbortSignal;
  /** So many more records have been looked at. */
  onRead(records: number): void;
  /** A record could not be understood, and is left out. */
  onBroken(record: LogRecord, error: UndecodableError): void;
}

export interface Exported {
  /** Records that were looked at, rows that were written, records that could not be understood. */
  readonly read: number;
  readonly written: number;
  readonly broken: number;
}

/**
 * Writes the events of the ranges, those of one partition in their order; holds one batch in memory at a time.
 * Where it was ended early, what was written lacks its tail.
 * @throws {RegistryUnavailableError} when schemas cannot be asked for, and what reading and `write` throw
 */
export async function exportEvents(options: Export): Promise<Exported> {
  const { log, source, ranges, limit, format, signal, onRead } = options;
  const reader = new RowReader(options);
  const write = async (chunk: Chunk | undefined) => {
    if (chunk !== undefined && chunk.length > 0) await options.write(chunk);
  };
  let [read, written] = [0, 0];
  await write(format.head());
  if (limit > 0) {
    for await (const { records } of log.read(source.topic, { ranges, signal })) {
      const rows = await reader.rowsOf(records, limit - written);
      await write(rows.length > 0 ? format.rows(rows) : undefined);
      read += records.length;
      written += rows.length;
      onRead(records.length);
      if (signal.aborted || written >= limit) break;
    }
  }
  if (!signal.aborted) await write(format.tail());
  return { read, written, broken: reader.broken };
}

/** Turns records into rows, but for those that are not wanted or cannot be understood. */
class RowReader {
  broken = 0;
  private readonly mayBeWanted: (record: LogRecord) => boolean;
  private readonly isWanted: (event: EventRow['event']) => boolean;

  constructor(private readonly options: Pick<Export, 'source' | 'filter' | 'onBroken'>) {
    this.mayBeWanted = recordFilter(options.filter);
    this.isWanted = eventFilter(options.filter);
  }

  async rowsOf(records: readonly LogRecord[], most: number): Promise<EventRow[]> {
    const wanted = records.filter(this.mayBeWanted);
    await this.options.source.learn(wanted);
    const rows: EventRow[] = [];
    for (const record of wanted) {
      if (rows.length >= most) break;
      const event = this.read(record);
      if (event && this.isWanted(event)) rows.push({ record, event });
    }
    return rows;
  }

  private read(record: LogRecord): EventRow['event'] | undefined {
    try {
      return this.options.source.read(record);
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      this.broken += 1;
      this.options.onBroken(record, error);
      return undefined;
    }
  }
}
