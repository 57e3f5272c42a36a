import type { ClientBase } from 'pg';
import { copyInto } from '../../../infra/postgres/copy';
import type { RowSink } from '../../projector/bulk-fold';
import { CopyFormat } from '../../projector/copy-format';
import type { Table } from '../../projector/table';

/** How many bytes of a table are collected before they are sent. */
const CHUNK = 524_288;
/** A character takes at most so many bytes in UTF-8, for each unit of its length. */
const MOST_BYTES = 3;

/** As bytes from the start: the garbage collector would copy texts that wait again and again. */
interface Collected<Row> {
  readonly format: CopyFormat<Row>;
  bytes: Buffer;
  length: number;
}

/** Rows of one partition by COPY, in chunks, within a transaction. While one chunk is under way, others are collected. */
export class CopySink implements RowSink {
  private readonly tables = new Map<Table<never>, Collected<never>>();
  /** Where the last chunk was sent. */
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: ClientBase,
    private readonly partition: number,
  ) {}

  async write<Row>(table: Table<Row>, rows: Iterable<Row>): Promise<void> {
    const collected = this.collectedOf(table);
    for (const row of rows) {
      const line = collected.format.line(row);
      const most = line.length * MOST_BYTES;
      if (collected.length + most > collected.bytes.length) await this.send(collected, most);
      collected.length += collected.bytes.write(line, collected.length);
    }
  }

  /** Resolves when all is stored. */
  async end(): Promise<void> {
    for (const collected of this.tables.values()) if (collected.length > 0) await this.send(collected);
    await this.sending;
  }

  private collectedOf<Row>(table: Table<Row>): Collected<Row> {
    let collected = this.tables.get(table as Table<never>) as Collected<Row> | undefined;
    if (!collected) {
      collected = { format: new CopyFormat(table, this.partition), bytes: Buffer.alloc(0), length: 0 };
      this.tables.set(table as Table<never>, collected as Collected<never>);
    }
    return collected;
  }

  /** @param room what has to fit in afterwards, in bytes */
  private async send<Row>(collected: Collected<Row>, room = 0): Promise<void> {
    await this.sending;
    const { format, bytes, length } = collected;
    collected.bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK, room));
    collected.length = 0;
    if (length === 0) return;
    this.sending = copyInto(this.client, format.target, bytes.subarray(0, length));
    // Whoever waits next is told.
    this.sending.catch(() => undefined);
  }
}
