import fc from 'fast-check';
import { Client } from 'pg';
import { testServers } from '../../test/servers';
import { arrayLiteral } from './array';

test('Postgres reads every array literal as the values that it was made from', async () => {
  const client = new Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  const storable = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
  const value = fc.oneof(
    storable,
    fc.constantFrom('', 'NULL', 'null', '{}', ',', '"', '\\', ' a ', 'a-b_c.d~e'),
    fc.constant(null),
  );
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(value), async (values) => {
        const { rows } = await client.query<{ values: unknown }>('SELECT $1::text[] AS values', [
          arrayLiteral(values),
        ]);
        expect(rows[0]!.values).toEqual(values);
      }),
    );
    const { rows } = await client.query('SELECT $1::bigint[]::text AS n, $2::boolean[] AS b', [
      arrayLiteral([1, null, -5, 2 ** 53 - 1]),
      arrayLiteral([true, false, null]),
    ]);
    expect(rows).toEqual([{ n: '{1,NULL,-5,9007199254740991}', b: [true, false, null] }]);
  } finally {
    await client.end();
  }
});
