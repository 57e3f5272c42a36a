import type { Log, LogRecord, PartitionBounds } from '../../infra/event-log/log';
import { UndecodableError } from '../../schemas/codec/codec';
import { eventFilter, recordFilter, type Filter } from './filter';
import type { Chunk, Format } from './formats/format';
import type { EventRow } from './row';
import type { EventSource } from './source';
import type { Verdicts } from './verdicts';

export interface Export {
  readonly log: Log;
  readonly source: EventSource;
  /** The records to read: see `resolveRanges`. */
  readonly ranges: readonly PartitionBounds[];
  readonly filter: Filter;
  /** How many rows are written at most; Infinity: all. */
  readonly limit: number;
  readonly format: Format;
  /** Where it is to be shown what became of the events. */
  readonly verdicts?: Verdicts | undefined;
  /** Writes bytes or text; resolves when there is room for more (backpressure). */
  write(chunk: Chunk): Promise<void>;
  /** Ends the export early, between two batches. */
  readonly signal: AbortSignal;
  /** Called with the number of records that were read since the last call. */
  onRead(records: number): void;
  /** Called for a record that cannot be decoded, and is left out. */
  onBroken(record: LogRecord, error: UndecodableError): void;
}

export interface Exported {
  /** Records that were read, rows that were written, records that could not be decoded. */
  readonly read: number;
  readonly written: number;
  readonly broken: number;
}

/**
 * Writes the events of the ranges, those of one partition in their order; holds one batch in memory at a time.
 * If it is ended early, the output has no tail.
 * @throws {RegistryUnavailableError} when schemas cannot be read, and the errors of reading and `write`
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
      const found = await reader.rowsOf(records, limit - written);
      const verdicts = found.length > 0 ? await options.verdicts?.on(found) : undefined;
      const rows = verdicts ? found.map((row, i) => ({ ...row, verdict: verdicts[i] })) : found;
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

/** Turns records into rows, except those that are not wanted or cannot be decoded. */
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
    const { source } = this.options;
    for (const record of wanted) {
      if (rows.length >= most) break;
      const event = this.read(record);
      if (!event || !this.isWanted(event)) continue;
      rows.push(source.shown?.({ record, event }) ?? { record, event });
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
