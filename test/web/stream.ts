import { uniqueName } from '../servers';
import { WAIT } from '../e2e/api-client';
import type { Visits } from './visits';

/** What analysts do with the page. */
export function streamTests(visits: Visits): void {
  test('analysts see what is wanted and who reads, and go through the life of a book event by event', async () => {
    const { desk, titleOf } = visits;
    const bookId = await desk.bookWithCopies('c1');
    const [ann, bob] = [uniqueName('ann'), uniqueName('bob')];
    await desk.reserve(bookId, ann);
    await desk.reserve(bookId, bob);
    await desk.api.post(`/v1/books/${bookId}/copies/c1/loans`, { userId: ann }, WAIT);
    await desk.api.post(`/v1/books/${bookId}/copies/c1/returns`, undefined, WAIT);

    const page = await visits.visitAs('analyst', '/stream');
    const table = (name: string) => page.getByRole('table', { name });
    await table('Most wanted books')
      .getByRole('link', { name: titleOf(bookId) })
      .waitFor();
    for (const name of ['availability', 'demand', 'notices'])
      await table('Consumers').getByRole('cell', { name }).waitFor();
    await table('Dead letters').waitFor();

    await page.getByRole('textbox', { name: 'Which book' }).fill(bookId);
    const slider = page.getByRole('slider', { name: 'Time' });
    const copies = page.getByRole('list', { name: 'Copies' });
    await page.getByText('Event 6 of 6').waitFor();
    await copies.getByText('set aside').waitFor();
    await slider.press('ArrowLeft');
    await copies.getByText('on loan').waitFor();
    await slider.press('Home');
    await page.getByText('Before the first event').first().waitFor();
    await copies.getByText('No copies').waitFor();
    await slider.fill('4');
    await page.getByText('a reader waits, the only one.').waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(new RegExp(`${ann}|${bob}`));
  });

  test('the picture of how it works has the numbers of the moment', async () => {
    const page = await visits.visit('/how');
    await page
      .getByText(/\d records so far/)
      .first()
      .waitFor();
    await page.getByText('The numbers are those of this moment.').waitFor();
  });
}
