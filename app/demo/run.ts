import { print } from '../terminal/print';
import { DemoClient, GaveUpError } from './client';
import { readCatalogue, readWishes, type CatalogueBook, type Wish } from './data';
import {
  describeLibrary,
  describeMostWanted,
  describeNextSteps,
  describeReader,
  describeSecondRequest,
  isKnown,
  untilViewsHold,
} from './report';
import { liveReplay } from './live';
import type { DemoOptions } from './options';
import { copiesOf, mostFrequent, requestForWish, requestsForBook } from './plan';
import { replay, type Replayed } from './replay';
import { count, describeTally } from './summary';

export interface DemoTarget {
  /** The API's URL. */
  readonly url: string;
  /** A staff token, where the API requires one. */
  readonly token?: string | undefined;
  /** Aborted to end the demo early. */
  readonly signal: AbortSignal;
}

/** The title of our API's document. */
const TITLE = 'Library reservations';

/** How long the demo retries while the API is busy or unreachable, in milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Loads the catalogue, replays the reservations and prints a report.
 * @throws {GaveUpError} when the API is unreachable, or stays so for too long
 */
export async function runDemo(options: DemoOptions, { url, token, signal }: DemoTarget): Promise<void> {
  const { concurrency } = options;
  const client = new DemoClient({ url, token, signal, connections: concurrency, patience: PATIENCE_MS });
  try {
    await assertRunning(client, url);
    const books = await readCatalogue(options.books);
    const loaded = new Set(books.map(({ bookId }) => bookId));
    const wishes = await readWishes(({ bookId }) => loaded.has(bookId), options.reservations);
    await announce(client, url, books, wishes, options.rate !== undefined);
    const catalogue = await replay(client, 'Books and copies', books.map(requestsForBook), concurrency);
    print(`  ${describeTally(catalogue.tally, catalogue.seconds)}`);
    print(`  Watch it: ${url}/stream`);
    const reservations =
      options.rate === undefined
        ? await replay(
            client,
            'Reservations    ',
            wishes.map((wish) => [requestForWish(wish)]),
            concurrency,
          )
        : await liveReplay(client, wishes, options.rate, signal);
    print(`  ${describeTally(reservations.tally, reservations.seconds)}`);
    await untilCaughtUp(client, [catalogue, reservations]);
    await printReport(client, url, books, wishes);
  } finally {
    client.close();
  }
}

async function assertRunning(client: DemoClient, url: string): Promise<void> {
  const { status } = await client.send({ method: 'GET', path: '/livez' }, 0).catch((error: unknown) => {
    throw error instanceof GaveUpError
      ? new GaveUpError(
          `Nothing answers at ${url}: run "make up" first, or set HTTP_URL to where the API is.`,
        )
      : error;
  });
  const { body } =
    status === 200 ? await client.send({ method: 'GET', path: '/openapi.json' }) : { body: {} };
  if ((body as { info?: { title?: string } }).info?.title === TITLE) return;
  throw new GaveUpError(`What answers at ${url} is not this API: set HTTP_URL to where it is.`);
}

async function announce(
  client: DemoClient,
  url: string,
  books: readonly CatalogueBook[],
  wishes: readonly Wish[],
  isLive: boolean,
): Promise<void> {
  const copies = books.reduce((sum, { ratings }) => sum + copiesOf(ratings), 0);
  print(
    `To ${url}: ${count(books.length)} books in ${count(copies)} copies, and what ${count(wishes.length)} times a reader wanted one of them.`,
  );
  const last = wishes.at(-1);
  if (last && !isLive && (await isKnown(client, last))) {
    print(
      'An earlier run sent all this. It is sent again, and changes nothing: each request is recognised as a repeat.',
    );
  }
}

async function untilCaughtUp(client: DemoClient, parts: readonly Replayed[]): Promise<void> {
  const newest = new Map(parts.flatMap(({ tally }) => [...tally.newest]));
  const started = performance.now();
  await untilViewsHold(client, newest).catch((error: unknown) => {
    if (!(error instanceof GaveUpError)) throw error;
    throw new GaveUpError(
      `All is recorded, but the views do not show it yet: "make status" tells whether the role availability runs. (${error.message})`,
    );
  });
  print(`The views held all of it ${Math.ceil(performance.now() - started)} ms after the last answer.`, '');
}

async function printReport(
  client: DemoClient,
  url: string,
  books: readonly CatalogueBook[],
  wishes: readonly Wish[],
): Promise<void> {
  const titles = new Map(books.map(({ bookId, title }) => [bookId, title]));
  print(await describeLibrary(client), '');
  const [reader] = mostFrequent(
    wishes.map(({ userId }) => userId),
    1,
  );
  const wish = wishes.find(({ userId }) => userId === reader);
  if (!wish) return;
  print('Most wanted', ...indented(await describeMostWanted(client, wishes, titles)), '');
  const rows = await describeReader(client, wish.userId, titles);
  print(`Reader ${wish.userId}`, ...indented([...rows, await describeSecondRequest(client, wish)]), '');
  print('Look at it', ...indented(describeNextSteps(url, wish)));
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
