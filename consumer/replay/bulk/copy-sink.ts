import type { ClientBase } from 'pg';
import { copyInto } from '../../../infra/postgres/copy';
import type { RowSink } from '../../projector/bulk-fold';
import { CopyFormat } from '../../projector/copy-format';
import type { Table } from '../../projector/table';

/** How many characters of a table are collected before they are sent. */
const CHUNK = 524_288;

interface Collected<Row> {
  readonly format: CopyFormat<Row>;
  text: string;
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
      collected.text += collected.format.line(row);
      if (collected.text.length >= CHUNK) await this.send(collected);
    }
  }

  /** Resolves when all is stored. */
  async end(): Promise<void> {
    for (const collected of this.tables.values()) if (collected.text !== '') await this.send(collected);
    await this.sending;
  }

  private collectedOf<Row>(table: Table<Row>): Collected<Row> {
    let collected = this.tables.get(table as Table<never>) as Collected<Row> | undefined;
    if (!collected) {
      collected = { format: new CopyFormat(table, this.partition), text: '' };
      this.tables.set(table as Table<never>, collected as Collected<never>);
    }
    return collected;
  }

  private async send<Row>(collected: Collected<Row>): Promise<void> {
    await this.sending;
    const { format, text } = collected;
    collected.text = '';
    this.sending = copyInto(this.client, format.target, text);
    // Whoever waits next is told.
    this.sending.catch(() => undefined);
  }
}
