import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { formatPosition } from '../../../infra/event-log/log';
import { COMMON, type Column, type ColumnKind } from '../columns';
import { actorIn, fieldOf, headerTexts, type EventRow } from '../row';
import type { EventSource } from '../source';
import { isTime } from '../time-text';
import type { Chunk, Format } from './format';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** Readers are faster with large groups, but the rows of a group are buffered as objects: 20,000 took 475 MB, these take 250. */
const GROUP_ROWS = 5_000;

/** A column of the file: the part of the schema that describes it, and its value in a row. */
interface FileColumn {
  readonly name: string;
  readonly schema: readonly SchemaElement[];
  readonly valueOf: (row: EventRow) => unknown;
}

/**
 * Parquet (snappy): typed columns, the same for every kind of event. Times are TIMESTAMP(MILLIS, UTC), `authors` and the
 * like a LIST of strings, headers a MAP of strings. A file is complete only with its tail.
 */
export function parquet({ columns }: Pick<EventSource, 'columns'>, groupRows = GROUP_ROWS): Format {
  const all = fileColumns(columns);
  const file = new ParquetFile(all);
  const groups = all.map((): unknown[] => []);
  let count = 0;
  const flush = (): Chunk => {
    const columnData = all.map(({ name }, i) => ({ name, data: groups[i]!.splice(0) }));
    count = 0;
    return file.group(columnData);
  };
  return {
    head: () => undefined,
    rows(rows) {
      const chunks: Chunk[] = [];
      for (const row of rows) {
        all.forEach(({ valueOf }, i) => groups[i]!.push(valueOf(row)));
        count += 1;
        if (count === groupRows) chunks.push(flush());
      }
      return chunks.length > 0 ? Buffer.concat(chunks as Uint8Array[]) : undefined;
    },
    tail: () => Buffer.concat([count > 0 ? (flush() as Uint8Array) : Buffer.alloc(0), file.end()]),
  };
}

type ColumnData = Parameters<ParquetWriter['write']>[0]['columnData'];

/** The writer of the library, whose buffer is emptied after each group. */
class ParquetFile {
  private readonly bytes = new ByteWriter(1_048_576);
  private readonly writer: ParquetWriter;

  constructor(columns: readonly FileColumn[]) {
    const root: SchemaElement = { name: 'event', num_children: columns.length };
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: [root, ...columns.flatMap(({ schema }) => schema)],
      createdBy: 'library-reservations',
    });
  }

  group(columnData: ColumnData): Uint8Array {
    // The bytes are in memory: nothing to await.
    void this.writer.write({ columnData, rowGroupSize: columnData[0]!.data.length });
    return this.take();
  }

  end(): Uint8Array {
    void this.writer.finish();
    return this.take();
  }

  private take(): Uint8Array {
    const taken = this.bytes.getBytes().slice();
    // Where the next bytes go in the buffer; the offset in the file goes on.
    this.bytes.index = 0;
    return taken;
  }
}

function fileColumns(columns: readonly Column[]): FileColumn[] {
  return [
    required('position', 'text', ({ record }) => formatPosition(record)),
    required('partition', 'int', ({ record }) => record.partition),
    required('offset', 'long', ({ record }) => BigInt(record.offset)),
    optional('timestamp', 'time', ({ record: { timestamp } }) =>
      isTime(timestamp) ? BigInt(timestamp) : null,
    ),
    ...[...COMMON, ...columns].map(({ name, kind }) => optional(name, kind, eventValue(name, kind))),
    headersColumn(),
    optional('authType', 'text', ({ record }) => actorIn(record).type),
    optional('authId', 'text', ({ record }) => actorIn(record).id),
  ];
}

function eventValue(name: string, kind: ColumnKind): FileColumn['valueOf'] {
  if (kind !== 'time' && kind !== 'long') return ({ event }) => fieldOf(event, name);
  return ({ event }) => {
    const value = fieldOf(event, name);
    return value === null ? null : BigInt(value as number);
  };
}

function required(name: string, kind: ColumnKind, valueOf: FileColumn['valueOf']): FileColumn {
  return { name, schema: elementsOf(name, kind, 'REQUIRED'), valueOf };
}

function optional(name: string, kind: ColumnKind, valueOf: FileColumn['valueOf']): FileColumn {
  return { name, schema: elementsOf(name, kind, 'OPTIONAL'), valueOf };
}

const text = (name: string, repetition_type: 'REQUIRED' | 'OPTIONAL'): SchemaElement => ({
  ...{ name, repetition_type },
  ...{ type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
});

function elementsOf(
  name: string,
  kind: ColumnKind,
  repetition_type: 'REQUIRED' | 'OPTIONAL',
): SchemaElement[] {
  switch (kind) {
    case 'text':
      return [text(name, repetition_type)];
    case 'int':
      return [{ name, repetition_type, type: 'INT32' }];
    case 'long':
      return [{ name, repetition_type, type: 'INT64' }];
    case 'time':
      return [
        {
          ...{ name, repetition_type, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
        },
      ];
    case 'texts':
      return [
        { name, repetition_type, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        text('element', 'REQUIRED'),
      ];
  }
}

function headersColumn(): FileColumn {
  return {
    name: 'headers',
    schema: [
      {
        ...{ name: 'headers', repetition_type: 'REQUIRED' },
        ...{ converted_type: 'MAP', logical_type: { type: 'MAP' }, num_children: 1 },
      },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      text('key', 'REQUIRED'),
      text('value', 'REQUIRED'),
    ],
    valueOf: ({ record }) => headerTexts(record),
  };
}
