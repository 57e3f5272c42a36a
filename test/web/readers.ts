import type { Page } from 'playwright-core';
import { uniqueName } from '../servers';
import { WAIT } from '../e2e/api-client';
import { says, type Visits } from './visits';

const CARD = 'Library card number';

/** What readers do with the page. */
export function readerTests(visits: Visits): void {
  async function reserveAs(card: string): Promise<Page> {
    const { bookId, titleOf } = visits;
    const page = await visits.visit('/');
    await page.getByRole('textbox', { name: CARD }).fill(card);
    await page.getByRole('searchbox', { name: 'Search the catalogue' }).fill(bookId);
    await page.getByRole('link', { name: titleOf(bookId), exact: true }).click();
    await page.getByRole('heading', { name: titleOf(bookId) }).waitFor();
    await page.getByRole('button', { name: 'Reserve' }).click();
    await says(page, /Accepted: position \d+:\d+/);
    return page;
  }

  test('two readers want one copy: each sees what comes of it, without reloading', async () => {
    const { bookId, titleOf, desk } = visits;
    const [ishmael, queequeg] = [uniqueName('ishmael'), uniqueName('queequeg')];
    const first = await reserveAs(ishmael);
    await says(first, /Ready for pickup until .*\d{4}/);
    const second = await reserveAs(queequeg);
    await says(second, /Place 1 of 1 in the queue/);

    await second.getByRole('button', { name: 'Suspend' }).click();
    await says(second, /Suspended/);
    await second.getByRole('button', { name: 'Resume' }).click();
    await says(second, /in the queue$/);

    await first.getByRole('button', { name: 'Cancel reservation' }).click();
    await says(first, /cancelled/);
    await says(second, /Ready for pickup until/);

    await second.reload();
    await says(second, /^Ready for pickup until/);
    await second.getByRole('link', { name: 'My reservations' }).click();
    await second.getByRole('link', { name: titleOf(bookId) }).waitFor();
    const [borrowed] = await Promise.all([
      desk.api.post(`/v1/books/${bookId}/copies/one/loans`, { userId: queequeg }, WAIT),
      second.getByText('Borrowed').waitFor(),
    ]);
    expect(borrowed.status).toBe(200);
  });

  test('while Postgres is away a reservation is accepted, and what it comes to shows by itself afterwards', async () => {
    const bookId = await visits.desk.bookWithCopies('c1');
    const page = await visits.visit(`/books/${bookId}`);
    await page.getByRole('textbox', { name: CARD }).fill('ahab');
    const giveBack = visits.takePostgresAway();
    try {
      await page.getByRole('button', { name: 'Reserve' }).click();
      await says(page, /Accepted: position \d+:\d+/);
      await says(page, /safely recorded/);
    } finally {
      giveBack();
    }
    await says(page, /Ready for pickup until/);
  });

  test('with a token readers act in their own name, and a wrong one is said to be wrong', async () => {
    const bookId = await visits.desk.bookWithCopies('c1');
    const page = await visits.visitAs('patron', `/books/${bookId}`);
    expect(await page.getByRole('textbox', { name: CARD }).count()).toBe(0);
    await page.getByRole('button', { name: 'Reserve' }).click();
    await says(page, /Ready for pickup until/);
    const [reservation] = await visits.desk.reservationsOf(bookId);
    expect(reservation).toMatchObject({ userId: 'ishmael', status: 'ready' });
    await page.getByRole('link', { name: 'Desk' }).click();
    await page.getByText('The desk is for staff.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('textbox', { name: 'Access token' }).fill('no-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The access token is missing or no longer valid.', { exact: true }).waitFor();
  });

  test('it speaks German to those who want it', async () => {
    const page = await visits.visit(`/books/${visits.bookId}`, {
      extraHTTPHeaders: { 'accept-language': 'de-CH,de;q=0.9' },
    });
    await page.getByRole('button', { name: 'Vormerken' }).click();
    await page.getByRole('alert').filter({ hasText: 'Bibliotheksausweis' }).waitFor();
  });
}
