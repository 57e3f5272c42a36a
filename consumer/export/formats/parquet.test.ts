import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { AWKWARD, CANCELLED, CATALOGUED, RESERVED, SOURCE } from '../testing';
import type { EventRow } from '../row';
import { parquet } from './parquet';

/** The file that comes of these rows, written a few at a time. */
function fileOf(batches: readonly (readonly EventRow[])[], groupRows?: number): ArrayBuffer {
  const format = parquet(SOURCE, groupRows);
  const chunks = [format.head(), ...batches.map((rows) => format.rows(rows)), format.tail()];
  return new Uint8Array(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk ?? '')))).buffer;
}

const rowsIn = (file: ArrayBuffer) => parquetReadObjects({ file });

describe('parquet', () => {
  test('comes back as it was written: types, lists, nulls, times', async () => {
    const [catalogued, reserved, cancelled] = await rowsIn(fileOf([[CATALOGUED, RESERVED], [CANCELLED]]));
    expect(catalogued).toMatchObject({
      position: '3:7',
      partition: 3,
      offset: 7n,
      timestamp: new Date('2026-03-01T09:30:00.007Z'),
      type: 'BookCatalogued',
      bookId: 'moby-dick',
      occurredAt: new Date('2026-03-01T09:29:59.999Z'),
      title: AWKWARD,
      authors: ['Herman Melville', 'A "friend"'],
      year: 1851,
      headers: { ce_type: 'library.BookCatalogued', 'content-type': 'application/avro' },
    });
    for (const name of ['isbn', 'reservationId', 'userId']) expect(catalogued?.[name] ?? null).toBeNull();
    expect(reserved).toMatchObject({ type: 'BookReserved', userId: 'ishmael' });
    expect(reserved?.['authors'] ?? null).toBeNull();
    expect(cancelled?.['userId'] ?? null).toBeNull();
  });

  test('has the same typed columns whatever is in it', async () => {
    const [empty, full] = [fileOf([]), fileOf([[CATALOGUED, RESERVED]])].map((file) => parquetMetadata(file));
    expect(empty?.schema).toEqual(full?.schema);
    expect(await rowsIn(fileOf([]))).toEqual([]);
    const time = {
      type: 'INT64',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    };
    expect(full?.schema.find(({ name }) => name === 'occurredAt')).toMatchObject(time);
    expect(full?.schema.find(({ name }) => name === 'authors')).toMatchObject({ converted_type: 'LIST' });
  });

  test('closes a group as soon as it is full, and loses none at the seams', async () => {
    const rows = Array.from({ length: 25 }, (_, offset) => ({
      ...RESERVED,
      record: { ...RESERVED.record, offset },
    }));
    const file = fileOf([rows.slice(0, 3), rows.slice(3, 21), rows.slice(21)], 10);
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([10, 10, 5]);
    expect((await rowsIn(file)).map(({ offset }) => Number(offset))).toEqual(rows.map((_, i) => i));
  });

  test('hands over each group when it is full, and keeps none', () => {
    const format = parquet(SOURCE, 2);
    expect(format.rows([RESERVED])).toBeUndefined();
    expect(format.rows([RESERVED])?.length).toBeGreaterThan(0);
    expect(format.rows([RESERVED])).toBeUndefined();
  });
});
