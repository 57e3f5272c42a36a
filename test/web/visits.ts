import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { LendingDesk } from '../e2e/lending/desk';
import { RoleProcess } from '../e2e/role-process';
import { TcpProxy } from '../tcp-proxy';
import { TestBrowser } from './browser';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const NOWHERE = 'postgres://127.0.0.1:1';

/** Tokens of the API that asks for them. */
export const TOKENS = {
  patron: 'token-of-ishmael',
  staff: 'token-of-anna',
  analyst: 'token-of-ada',
} as const;
const API_TOKENS = `${TOKENS.patron}=patron:ishmael;${TOKENS.staff}=staff:anna;${TOKENS.analyst}=analyst:ada`;

interface Window {
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  readonly document: { readonly documentElement: { scrollWidth: number; clientWidth: number } };
}

/** The platform and a browser, for all tests of the page: both are started once. */
export class Visits {
  readonly desk = new LendingDesk();
  /** What browsers complained about: errors of scripts, and what the policy forbids. */
  readonly complaints: string[] = [];
  /** A book with one copy. */
  bookId = '';
  private browser: TestBrowser | undefined;
  private postgres: { proxy: TcpProxy; target: string } | undefined;
  private guarded: RoleProcess | undefined;

  async start(): Promise<void> {
    [this.browser] = await Promise.all([
      TestBrowser.start(),
      this.desk.start([[]], async (env) => {
        const target = env['DATABASE_URL']!;
        const { proxy, url } = await TcpProxy.before(target);
        this.postgres = { proxy, target };
        this.guarded = await RoleProcess.start(['api'], { ...env, API_TOKENS });
        return { ...env, DATABASE_URL: url };
      }),
    ]);
    this.bookId = await this.desk.bookWithCopies('one');
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.guarded?.stop();
    await this.desk.stop();
    await this.postgres?.proxy.close();
  }

  /** The title that the desk of the tests gives to a book. */
  titleOf = (bookId: string): string => `The Whale of ${bookId}`;

  /** A window of somebody's own. @param path of the page, at the API that lets everybody in */
  visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    return this.open(this.desk.processes[0]!.url, path, options);
  }

  /** The same at an API that asks for tokens, signed in. */
  async visitAs(role: keyof typeof TOKENS, path: string): Promise<Page> {
    const page = await this.open(this.guarded!.url, path, {});
    await page.getByRole('textbox', { name: 'Access token' }).fill(TOKENS[role]);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    return page;
  }

  private async open(url: string, path: string, options: BrowserContextOptions): Promise<Page> {
    const page = await (await this.browser!.visitor(url, options)).newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|is not defined/.test(message.text())) this.complaints.push(message.text());
    });
    await page.goto(path);
    return page;
  }

  /** Takes Postgres away from the platform, until the function that it returns is called. */
  takePostgresAway(): () => void {
    const { proxy, target } = this.postgres!;
    proxy.leadTo(NOWHERE);
    return () => proxy.leadTo(target);
  }
}

/** Resolves when the page says it. */
export async function says(page: Page, words: RegExp): Promise<void> {
  await page.getByRole('status').filter({ hasText: words }).waitFor();
}

/** What axe finds on a page, and by how many pixels it is wider than its window: in the light, and in the dark on a phone. */
export async function flawsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const light = await flawsNow(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 360, height: 800 });
  return [...light, ...(await flawsNow(page))];
}

function flawsNow(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe, document } = globalThis as unknown as Window;
    const { violations } = await axe.run();
    const { scrollWidth, clientWidth } = document.documentElement;
    return [
      ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      ...(scrollWidth > clientWidth ? [`too wide by ${scrollWidth - clientWidth} pixels`] : []),
    ];
  });
}
