import { DuckDBInstance } from '@duckdb/node-api';
import { formatted } from './results';
import { chart } from './chart';
import { camelCase, duckdbType } from '../relations';
import { missingTable } from '../query';

async function resultOf(sql: string) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection.stream(sql);
}

async function text(sql: string, format: 'json' | 'csv' | 'table' | 'md', width?: number): Promise<string> {
  let all = '';
  for await (const piece of formatted(await resultOf(sql), format, width)) all += piece;
  return all;
}

describe('results', () => {
  test('JSON has all digits, nested values, and times in UTC', async () => {
    const sql = `SELECT 170141183460469231731687303715884105727::HUGEINT AS h, 0.10::DECIMAL(4,2) AS d, 'nan'::DOUBLE AS n,
      {'a': [1, NULL], 'b': MAP {'k': 'v'}} AS s, '{"x":[1]}'::JSON AS j, 'é"' AS t,
      TIMESTAMPTZ '1969-12-31 23:59:59.999+00' AS z, TIMESTAMP '2026-01-01 00:00:00.000001' AS m, DATE '2026-02-03' AS day, 'ab'::BLOB AS bytes`;
    expect(await text(sql, 'json')).toBe(
      '[\n{"h":170141183460469231731687303715884105727,"d":0.10,"n":null,"s":{"a":[1,null],"b":{"k":"v"}},"j":{"x":[1]},"t":"é\\"",' +
        '"z":"1969-12-31T23:59:59.999Z","m":"2026-01-01T00:00:00.000001","day":"2026-02-03","bytes":"YWI="}\n]\n',
    );
  });

  test('no rows are an empty array, a heading, or an empty table', async () => {
    const none = 'SELECT 1 AS one WHERE false';
    expect(await text(none, 'json')).toBe('[]\n');
    expect(await text(none, 'csv')).toBe('one\n');
    expect(await text(none, 'table')).toBe('one\n');
    expect(await text(none, 'md')).toBe('| one |\n| --- |\n');
  });

  test('a table keeps to its width, and control characters do not reach the terminal', async () => {
    expect(await text(`SELECT 'a' || chr(27) || '[2Jb' AS c, repeat('x', 50) AS d`, 'table', 12)).toBe(
      'c       d\na [2Jb  xxx…\n',
    );
  });

  test('a chart needs numbers, from 0 on', async () => {
    await expect(chart(await resultOf(`SELECT 'a'`), 80)).rejects.toThrow('needs a column with numbers');
    await expect(chart(await resultOf(`SELECT 'a', -1`), 80)).rejects.toThrow('from 0 on');
    expect(await chart(await resultOf(`SELECT 'a', 2 UNION ALL SELECT 'bc', 0 ORDER BY 1`), 40)).toMatch(
      /^a {2}╢█+ 2\nbc ╢ ?0?\n/,
    );
  });
});

test('names and types of Postgres as queries see them', () => {
  expect(camelCase('next_attempt_at')).toBe('nextAttemptAt');
  expect(duckdbType({ name: 'authors', type: 'jsonb' })).toBe('VARCHAR[]');
  expect(duckdbType({ name: 'reservation_id', type: 'uuid' })).toBe('VARCHAR');
});

test('the table that DuckDB misses is known by its message', () => {
  expect(missingTable('Catalog Error: Table with name Books does not exist!\nDid you mean "x"?')).toBe(
    'books',
  );
  expect(missingTable('Binder Error: Referenced column "books" not found')).toBeUndefined();
});
