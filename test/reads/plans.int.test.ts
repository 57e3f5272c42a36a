import { createHash } from 'node:crypto';
import { escapeLiteral, type Pool } from 'pg';
import { createPrisma } from '../../consumer/prisma/client';
import { migrate, migrations } from '../../consumer/prisma/migrate';
import { HoldShelf } from '../../consumer/views/availability/hold-shelf';
import { AvailabilityQueries } from '../../consumer/views/availability/queries';
import { DemandQueries } from '../../consumer/views/demand/queries';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { createTestDatabase, type TestDatabase } from '../servers';
import { fillTables, HOT, READER } from './large-tables';

interface Asked {
  /** Only what has a name is prepared, and may be planned without a look at its values. */
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
/** How many rows a node has had in its hands. */
const touched = (node: Node) =>
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
const idOf = (n: number) =>
  createHash('md5')
    .update(String(n))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

describe('over tables with a million rows', () => {
  let database: TestDatabase;
  let pool: Pool;
  let prisma: ReturnType<typeof createPrisma>;
  let availability: AvailabilityQueries;
  let demand: DemandQueries;
  let shelf: HoldShelf;
  let asked: Asked[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, migrations());
    const logger = createLogger('silent');
    pool = createPool(database.url, logger, { max: 1 });
    await fillTables(pool);
    const noting = new Proxy(pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name) as unknown;
        return (query: Asked) => {
          asked.push(query);
          return target.query({ ...query, values: [...query.values] });
        };
      },
    });
    prisma = createPrisma(noting, logger);
    availability = new AvailabilityQueries(prisma, noting);
    demand = new DemandQueries(noting);
    shelf = new HoldShelf(noting);
  }, 300_000);

  afterAll(async () => {
    await prisma.$disconnect();
    await pool.end();
    await database.drop();
  });

  /** The nodes of the plans that Postgres may make of it: with and without a look at the values. */
  async function plansOf({ name, text, values }: Asked): Promise<Node[][]> {
    const literals = values.map((value) => (value === null ? 'NULL' : escapeLiteral(String(value))));
    const plans: Node[][] = [];
    for (const mode of name ? ['force_custom_plan', 'force_generic_plan'] : ['force_custom_plan']) {
      await pool.query(`SET plan_cache_mode = ${mode}; PREPARE asked AS ${text}`);
      const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked(${literals.join(', ')})`,
      );
      await pool.query('DEALLOCATE asked; RESET plan_cache_mode');
      plans.push(nodesOf(rows[0]!['QUERY PLAN'][0].Plan));
    }
    return plans;
  }

  /** @param most how many rows any step of it may touch */
  async function expectCheap(read: () => Promise<unknown>, most: number): Promise<void> {
    asked = [];
    await read();
    expect(asked.length).toBeGreaterThan(0);
    for (const query of asked) {
      for (const plan of await plansOf(query)) {
        const dear = plan.filter((node) => node['Node Type'] === 'Seq Scan' || touched(node) > most);
        expect({ text: query.text, dear }).toEqual({ text: query.text, dear: [] });
      }
    }
  }

  const reads: [what: string, most: number, read: () => Promise<unknown>][] = [
    ['a book', 1, () => availability.book('book-500000')],
    ['the last page of the catalogue', 51, () => availability.books({ limit: 50, cursor: ['book-99'] })],
    [
      'books with a word that is in all of them',
      400,
      () => availability.books({ limit: 50, search: 'volume' }),
    ],
    ['a copy', 1, () => availability.copy(HOT, 'copy-777')],
    ['a page of copies', 51, () => availability.copies(HOT, 50, ['copy-40000'])],
    ['the first of a queue', 250, () => availability.reservation(HOT, idOf(300_051))],
    ['the last of a queue', 250, () => availability.reservation(HOT, idOf(400_050))],
    ['the first page of a book', 1_300, () => availability.reservationsOfBook(HOT, undefined, 200)],
    ['a page of a queue', 1_300, () => availability.reservationsOfBook(HOT, 'waiting', 200, [1, 350_000])],
    [
      'a page of a history of reservations',
      1_300,
      () => availability.reservationsOfBook(HOT, undefined, 200, [2, 150_000]),
    ],
    ['those with a status', 250, () => availability.reservationsOfBook(HOT, 'expired', 200, [2, 1])],
    ['those with a status that none has', 1, () => availability.reservationsOfBook(HOT, 'rejected', 200)],
    ['the newest of a reader', 60, () => availability.reservationsOfUser(READER, 50)],
    [
      'older ones of a reader',
      20_000,
      () => availability.reservationsOfUser(READER, 50, ['2026-01-05T00:00:00.000Z', idOf(345_600), HOT]),
    ],
    ['the end of a history', 51, () => availability.history(HOT, 50, [3, 400_000])],
    ['the hold shelf', 45, () => shelf.held(5)],
    ['a page of the hold shelf', 45, () => shelf.held(5, ['2026-01-01T00:00:00.000Z', HOT, idOf(1)])],
    ['the pull list', 48, () => shelf.pulled(5)],
    ['a page of the pull list', 48, () => shelf.pulled(5, ['9999-01-01T00:00:00.000Z', HOT, idOf(1)])],
    ['an event', 1, () => availability.codeOf(HOT, idOf(5))],
    ['the days of a book', 51, () => demand.daily({ bookId: 'book-5', limit: 50, from: '2026-02-01' })],
    ['a late page of days', 51, () => demand.daily({ limit: 50, cursor: ['2026-03-20', 'book-5'] })],
    [
      'a late page of the days of a book',
      51,
      () => demand.daily({ bookId: 'book-5', limit: 50, cursor: ['2026-03-20', 'book-5'] }),
    ],
    [
      'the demand of two days',
      20_000,
      () => demand.mostWanted({ from: '2026-02-01', to: '2026-02-02', limit: 50 }),
    ],
    ['a forecast', 1_000, () => demand.forecast(HOT)],
  ];

  test.each(reads)('%s is found without a look at more than %d rows', (_, most, read) =>
    expectCheap(read, most),
  );

  test('a place is counted right from the marks', async () => {
    const places = [300_051, 300_250, 300_251, 350_050, 400_050].map(async (ticket) => {
      return (await availability.reservation(HOT, idOf(ticket)))?.queuePosition;
    });
    expect(await Promise.all(places)).toEqual([1, 200, 201, 50_000, 100_000]);
  });
});
