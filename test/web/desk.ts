import type { Page } from 'playwright-core';
import { uniqueName } from '../servers';
import { says, type Visits } from './visits';

/** What staff do with the page. */
export function deskTests(visits: Visits): void {
  const fill = async (page: Page, values: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(values)) await page.getByRole('textbox', { name }).fill(value);
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click();
  const listed = (page: Page, list: string, words: string) =>
    page.getByRole('list', { name: list }).getByRole('listitem').filter({ hasText: words });

  test('staff add, lend, take back and withdraw, and see why something is refused', async () => {
    const { desk, titleOf } = visits;
    const bookId = await desk.bookWithCopies();
    const [ann, bob] = [uniqueName('ann'), uniqueName('bob')];
    const page = await visits.visit('/desk');
    await press(page, 'Lend');
    await page.getByRole('alert').filter({ hasText: 'Which book' }).waitFor();
    await fill(page, { Book: bookId, Copy: 'c1', Reader: ann });
    await page.getByRole('link', { name: titleOf(bookId) }).waitFor();
    await press(page, 'Add copy');
    await says(page, /c1 is added/);
    await press(page, 'Lend');
    await says(page, new RegExp(`c1 is lent to ${ann}`));
    await listed(page, 'History', `${ann} borrowed copy c1`).waitFor();
    await press(page, 'Lend');
    await page.getByRole('alert').filter({ hasText: 'had no effect' }).waitFor();
    await listed(page, 'History', 'No effect: The copy is not in the state').waitFor();

    await desk.reserve(bookId, bob);
    await listed(page, 'History', `${bob} waits, the only one.`).waitFor();
    await press(page, 'Take back');
    await says(page, new RegExp(`goes to the hold shelf, for ${bob}`));
    await listed(page, 'History', `Copy c1 is set aside for ${bob}.`).waitFor();
    const held = listed(page, 'Hold shelf', bob);
    await held.getByRole('button', { name: 'Serve' }).click();
    expect(await page.getByRole('textbox', { name: 'Reader' }).inputValue()).toBe(bob);
    await press(page, 'Lend');
    await says(page, new RegExp(`lent to ${bob}`));
    await held.waitFor({ state: 'detached' });
    await press(page, 'Withdraw copy');
    await says(page, /c1 is withdrawn/);
  });

  test('what is done elsewhere shows by itself, with what is to be fetched; words of a title find the book', async () => {
    const { desk, titleOf } = visits;
    const bookId = await desk.bookWithCopies('c1');
    const reader = uniqueName('reader');
    const page = await visits.visit('/desk');
    await page.getByRole('textbox', { name: 'Book' }).fill(titleOf(bookId));
    await page.getByRole('link', { name: titleOf(bookId) }).click();
    await listed(page, 'History', 'Copy c1 added').waitFor();
    await desk.reserve(bookId, reader);
    await Promise.all(['Hold shelf', 'Pull list'].map((list) => listed(page, list, reader).waitFor()));
  });
}
