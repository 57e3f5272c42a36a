import { CopyFormat } from './copy-format';
import { column, computed, defineTable, key, PARTITION } from './table';

interface Row {
  readonly id: string;
  readonly text: string | null;
  readonly at: number;
}

test('a row is a line: its values in the order of the columns, what has a meaning of its own escaped', () => {
  const table = defineTable<Row>('rows', {
    id: key('text', (row) => row.id),
    text: column('text', (row) => row.text),
    partition: PARTITION,
    json: column('jsonb', (row) => [row.text]),
    at: column('timestamp', (row) => row.at),
    is: column('boolean', (row) => row.text === null),
  });
  const format = new CopyFormat(table, 7);
  expect(format.target).toBe('"rows" ("id", "text", "partition", "json", "at", "is")');
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  expect(format.line({ id: 'a', text: 'tab\tline\nback\\slash', at })).toBe(
    'a\ttab\\tline\\nback\\\\slash\t7\t["tab\\\\tline\\\\nback\\\\\\\\slash"]\t2026-01-02T03:04:05.006Z\tf\n',
  );
  expect(format.line({ id: '\\N', text: null, at })).toBe(
    '\\\\N\t\\N\t7\t[null]\t2026-01-02T03:04:05.006Z\tt\n',
  );
});

test('what Postgres would have to compute cannot be copied', () => {
  const table = defineTable<Row>('rows', { id: key('text', (row) => row.id), now: computed(() => 'now()') });
  expect(() => new CopyFormat(table, 0)).toThrow('rows.now is computed by Postgres');
});
