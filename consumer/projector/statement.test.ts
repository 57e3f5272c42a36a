import { deleteRows, insertRows, joinParts } from './statement';
import { column, computed, defineTable, eventFields, fixed, key, notCompared, PARTITION, sum } from './table';

interface Row {
  readonly id: string;
  readonly data: object;
  readonly count: number;
  readonly at: number | null;
}

const TABLE = defineTable<Row>('things', {
  id: key('text', (row) => row.id),
  partition: PARTITION,
  data: eventFields(column('jsonb', (row) => row.data)),
  at: fixed('timestamp', (row) => row.at),
  count: sum((row) => row.count),
  seen: notCompared(computed(() => 'now()', 'kept')),
});
const ROWS: readonly Row[] = [
  { id: 'a', data: { x: '"' }, count: 1, at: 5 },
  { id: 'b c', data: {}, count: 2, at: null },
];
const BATCH = { partition: '$3', fromOffset: '$4' };
const rowsOf = (rows: readonly Row[]) => rows;
const words = (sql: string) => sql.replaceAll(/\s+/g, ' ');

test('a part inserts each column by its name, JSON as one document, and resolves conflicts as the columns define', () => {
  const part = insertRows(TABLE, rowsOf);
  expect(words(joinParts([part], 10, BATCH))).toBe(
    'store_things AS ( INSERT INTO "things" AS t ("id", "partition", "data", "at", "count", "seen") ' +
      'SELECT n."id", $3, n."data", to_timestamp(n."at" / 1000.0), n."count", now() ' +
      'FROM fence, ROWS FROM (unnest($10::text[], $11::bigint[], $12::int[]), jsonb_array_elements($13::jsonb)) ' +
      'AS n("id", "at", "count", "data") ' +
      'ON CONFLICT ("id") DO UPDATE SET "partition" = excluded."partition", "data" = excluded."data", ' +
      '"count" = t."count" + excluded."count" )',
  );
  expect(part.valuesOf(ROWS)).toEqual(['{a,"b c"}', '{5,NULL}', '{1,2}', '[{"x":"\\""},{}]']);
});

test('the parameters of several parts are numbered one after the other', () => {
  const parts = [deleteRows(TABLE, rowsOf), insertRows(TABLE, rowsOf), deleteRows(TABLE, rowsOf)];
  const numbers = [...joinParts(parts, 10, BATCH).matchAll(/\$(\d+)::/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual([10, 11, 12, 13, 14, 15]);
  expect(parts.flatMap((part) => part.valuesOf(ROWS))).toHaveLength(6);
});

test('without a key column a repeated row is an error, and with nothing to change it is ignored', () => {
  const plain = defineTable<Row>('things', { id: fixed('text', (row) => row.id) });
  expect(joinParts([insertRows(plain, rowsOf)], 1, BATCH)).not.toContain('ON CONFLICT');
  const once = defineTable<Row>('things', { id: key('text', (row) => row.id) });
  expect(joinParts([insertRows(once, rowsOf)], 1, BATCH)).toContain('ON CONFLICT ("id") DO NOTHING');
});

test('a verification compares all columns but those that are left out', () => {
  expect(TABLE.compared).toEqual([
    { name: 'id', fields: false },
    { name: 'partition', fields: false },
    { name: 'data', fields: true },
    { name: 'at', fields: false },
    { name: 'count', fields: false },
  ]);
});
