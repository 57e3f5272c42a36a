import { deskTests } from './desk';
import { readerTests } from './readers';
import { streamTests } from './stream';
import { flawsOf, Visits } from './visits';

const visits = new Visits();
beforeAll(() => visits.start());
afterAll(() => visits.stop());
afterEach(() => expect(visits.complaints).toEqual([]));

readerTests(visits);
deskTests(visits);
streamTests(visits);

test.each(['/', '/me', '/desk', '/desk of a book', '/stream', '/how', 'book', '/books/there-is-none'])(
  'the page %s has no violation that axe finds, in the dark and on a phone too',
  async (path) => {
    const places: Record<string, string> = {
      book: `/books/${visits.bookId}`,
      '/desk of a book': `/desk?book=${visits.bookId}`,
    };
    const page = await visits.visit(places[path] ?? path, { viewport: { width: 1_280, height: 800 } });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    expect(await flawsOf(page)).toEqual([]);
    await page.context().close();
  },
);
