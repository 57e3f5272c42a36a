import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from 'playwright-core';

const PLACES = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser that the tests of the page drive. @throws {Error} in one sentence that says how to get one */
export function chromiumPath(): string {
  const there = PLACES.find((place) => place !== '' && existsSync(place));
  if (there) return there;
  throw new Error(
    'Chromium is not here, and tests drive the page with it: install it (apt-get install chromium, brew install --cask google-chrome), or name it in CHROMIUM, then run the tests again.',
  );
}

/** A browser, started once for all tests of a file. */
export class TestBrowser {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<TestBrowser> {
    // Root has no sandbox, and containers little shared memory.
    const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
    return new TestBrowser(await chromium.launch({ executablePath: chromiumPath(), args }));
  }

  /** A window of somebody's own: nothing is shared with the others. */
  async visitor(url: string, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(20_000);
    return context;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
