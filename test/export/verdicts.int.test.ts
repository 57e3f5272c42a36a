import { event } from '../environment';
import { library } from '../cli';
import { EventsCli } from './events-cli';

jest.setTimeout(120_000);

const RESERVATION = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const OTHER = '9f2c1c1e-6a55-4a53-8a0e-3d2a4f0f7a11';

let cli: EventsCli;

beforeAll(async () => (cli = await EventsCli.open()));
afterAll(() => cli.close());

/** The marks of the rows, each row without one as an empty text. */
function marksIn(table: string): string[] {
  const lines = table.trimEnd().split('\n').slice(1);
  return lines.map((line) => /\[(\?|[a-z-]+)\]/.exec(line)?.[0] ?? '');
}

test('a table says which events were refused, which are repeated, and of which that is not known', async () => {
  const { environment } = cli;
  const reserved = event('BookReserved', { bookId: 'emma', reservationId: RESERVATION, userId: 'ishmael' });
  await environment.append([
    event('BookCatalogued', { bookId: 'emma', title: 'Emma', authors: [], isbn: null, year: 1815 }),
    event('CopyAdded', { bookId: 'emma', copyId: 'e-1' }),
    reserved,
    event('BookReserved', { bookId: 'emma', reservationId: OTHER, userId: 'ishmael' }),
    reserved,
  ]);
  expect(await library(environment.env, 'rebuild', 'availability')).toMatchObject({ code: 0 });
  await environment.append([event('CopyAdded', { bookId: 'emma', copyId: 'e-2' })]);

  const { stdout, stderr } = await cli.run('--book', 'emma', '--format', 'table');
  expect(marksIn(stdout)).toEqual(['', '', '', '[already-reserved]', '[repeated]', '[?]']);
  expect(stderr).not.toContain('not marked');
});

test('without Postgres it says that nothing is marked', async () => {
  const { env } = cli.environment;
  const away = { ...env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/away' };
  const { code, stdout, stderr } = await library(away, 'events', '--book', 'emma', '--format', 'table');
  expect(code).toBe(0);
  expect(marksIn(stdout)).toEqual(['', '', '', '', '', '']);
  expect(stderr).toMatch(/What was refused is not marked, since the history cannot be read: .*ECONNREFUSED/);
});
