import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { uniqueName } from '../servers';
import { LendingDesk } from '../e2e/lending/desk';
import { WAIT } from '../e2e/api-client';
import { TestBrowser } from './browser';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const CARD = 'Library card number';

const desk = new LendingDesk();
let browser: TestBrowser;
let bookId: string;
let title: string;
/** What browsers complained about: errors of scripts, and what the policy forbids. */
const complaints: string[] = [];

beforeAll(async () => {
  [browser] = await Promise.all([TestBrowser.start(), desk.start([[]])]);
  bookId = await desk.bookWithCopies('one');
  title = `The Whale of ${bookId}`;
});
afterAll(async () => {
  await browser?.close();
  await desk.stop();
});

const url = () => desk.processes[0]!.url;

async function visit(path: string, options = {}): Promise<Page> {
  const page = await (await browser.visitor(url(), options)).newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|is not defined/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(path);
  return page;
}

async function says(page: Page, words: RegExp): Promise<void> {
  await page.getByRole('status').filter({ hasText: words }).waitFor();
}

async function reserveAs(card: string): Promise<Page> {
  const page = await visit('/');
  await page.getByRole('textbox', { name: CARD }).fill(card);
  await page.getByRole('searchbox', { name: 'Search the catalogue' }).fill(bookId);
  await page.getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { name: title }).waitFor();
  await page.getByRole('button', { name: 'Reserve' }).click();
  await says(page, /Accepted: position \d+:\d+/);
  return page;
}

test('two readers want one copy: each sees what comes of it, without reloading', async () => {
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
  await second.getByRole('link', { name: title }).waitFor();
  const [borrowed] = await Promise.all([
    desk.api.post(`/v1/books/${bookId}/copies/one/loans`, { userId: queequeg }, WAIT),
    second.getByText('Borrowed').waitFor(),
  ]);
  expect(borrowed.status).toBe(200);
  expect(complaints).toEqual([]);
});

test.each(['/', '/me', '/desk', '/stream', '/how', 'book', '/books/there-is-none'])(
  'the page %s has no violation that axe finds, in the dark and on a phone too',
  async (path) => {
    const place = path === 'book' ? `/books/${bookId}` : path;
    const page = await visit(place, { viewport: { width: 1_280, height: 800 } });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText('Loading').waitFor({ state: 'detached' });
    await page.evaluate(AXE);
    expect(await flawsOf(page)).toEqual({ violations: [], overflow: 0 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await flawsOf(page)).toEqual({ violations: [], overflow: 0 });
    await page.context().close();
    expect(complaints).toEqual([]);
  },
);

interface Window {
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  readonly document: { readonly documentElement: { scrollWidth: number; clientWidth: number } };
}

/** What axe finds, and by how many pixels the page is wider than the window. */
function flawsOf(page: Page) {
  return page.evaluate(async () => {
    const { axe, document } = globalThis as unknown as Window;
    const { violations } = await axe.run();
    const { scrollWidth, clientWidth } = document.documentElement;
    return {
      violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      overflow: scrollWidth - clientWidth,
    };
  });
}

test('it speaks German to those who want it', async () => {
  const page = await visit(`/books/${bookId}`, { extraHTTPHeaders: { 'accept-language': 'de-CH,de;q=0.9' } });
  await page.getByRole('button', { name: 'Vormerken' }).click();
  await page.getByRole('alert').filter({ hasText: 'Bibliotheksausweis' }).waitFor();
});
