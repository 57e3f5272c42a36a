import type { DemoClient } from './client';
import type { Wish } from './data';
import { mostFrequent, requestAgain } from './plan';
import { count } from './summary';

interface BookView {
  readonly copies: { readonly total: number; readonly reserved: number };
  readonly waiting: number;
}

interface ReservationView {
  readonly bookId: string;
  readonly status: string;
  readonly copyId: string | null;
  readonly queuePosition: number | null;
  readonly queueLength: number;
  readonly pickupBy: string | null;
}

interface PageView<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** How long the views may take to catch up with the last write, in milliseconds. */
const CATCH_UP_MS = 60_000;

/** Resolves when the views have caught up with these positions, given by partition. @throws {GaveUpError} after a minute */
export async function untilViewsHold(client: DemoClient, newest: ReadonlyMap<number, number>): Promise<void> {
  for (const [partition, offset] of newest) {
    await client.read(`/v1/books?limit=1&after=${partition}:${offset}`, CATCH_UP_MS);
  }
}

/** Whether a reservation is in the views already. False also when the views cannot be read. */
export async function isKnown(client: DemoClient, { userId, bookId }: Wish): Promise<boolean> {
  try {
    const body = await client.read(`/v1/users/${userId}/reservations?limit=200`, 1_000);
    const { items = [] } = body as Partial<PageView<ReservationView>>;
    return items.some((reservation) => reservation.bookId === bookId);
  } catch {
    return false;
  }
}

/** The totals of the whole library, in one line. */
export async function describeLibrary(client: DemoClient): Promise<string> {
  const sum = { books: 0, copies: 0, reserved: 0, waiting: 0 };
  for (let cursor: string | null = ''; cursor !== null;) {
    const body = await client.read(`/v1/books?limit=200${cursor && `&cursor=${cursor}`}`);
    const page = body as unknown as PageView<BookView>;
    for (const { copies, waiting } of page.items) {
      sum.books += 1;
      sum.copies += copies.total;
      sum.reserved += copies.reserved;
      sum.waiting += waiting;
    }
    cursor = page.nextCursor;
  }
  return (
    `The library now has ${count(sum.books)} books in ${count(sum.copies)} copies: ${count(sum.reserved)} set aside, ` +
    `${count(sum.waiting)} reservations wait for one.`
  );
}

/** The books with the most wishes, one line each. */
export async function describeMostWanted(
  client: DemoClient,
  wishes: readonly Wish[],
  titles: ReadonlyMap<string, string>,
): Promise<string[]> {
  const wanted = mostFrequent(
    wishes.map(({ bookId }) => bookId),
    5,
  );
  const lines: string[] = [];
  for (const bookId of wanted) {
    const body = await client.read(`/v1/books/${bookId}`);
    const { copies, waiting } = body as unknown as BookView;
    lines.push(`${shorten(titles.get(bookId) ?? bookId)} ${copies.total} copies, ${count(waiting)} waiting`);
  }
  return lines;
}

/** Some reservations of one reader, one line each: the ready ones first, then the shortest queues. */
export async function describeReader(
  client: DemoClient,
  userId: string,
  titles: ReadonlyMap<string, string>,
): Promise<string[]> {
  const body = await client.read(`/v1/users/${userId}/reservations?limit=200`);
  const { items } = body as unknown as PageView<ReservationView>;
  const rank = ({ status, queuePosition }: ReservationView) =>
    status === 'ready' ? 0 : (queuePosition ?? Infinity);
  const shown = [...items].sort((a, b) => rank(a) - rank(b)).slice(0, 5);
  const rows = shown.map((item) => `${shorten(titles.get(item.bookId) ?? item.bookId)} ${stateOf(item)}`);
  return items.length > shown.length ? [...rows, `… and ${count(items.length - shown.length)} more`] : rows;
}

function stateOf({ status, copyId, pickupBy, queuePosition, queueLength }: ReservationView): string {
  if (status === 'ready') return `ready: copy ${copyId}, until ${pickupBy?.slice(0, 10)}`;
  if (status === 'waiting') return `waiting: ${queuePosition} of ${queueLength}`;
  return status;
}

/** The answer to a reader's second request for the same book. */
export async function describeSecondRequest(client: DemoClient, wish: Wish): Promise<string> {
  const { status, body } = await client.send(requestAgain(wish));
  const reason = typeof body['code'] === 'string' ? `${body['code']}. ${String(body['detail'])}` : 'granted';
  return `asked twice for book ${wish.bookId}: ${status} ${reason}`;
}

const WIDTH = 48;

function shorten(title: string): string {
  const text = title.length > WIDTH ? `${title.slice(0, WIDTH - 1)}…` : title;
  return text.padEnd(WIDTH);
}

/** URLs and commands with which to continue. */
export function describeNextSteps(url: string, { bookId, userId }: Wish): string[] {
  return [
    `${url}/`,
    `${url}/stream`,
    `${url}/docs`,
    `curl -s '${url}/v1/books?search=potter'`,
    `curl -s '${url}/v1/books/${bookId}/reservations?status=waiting&limit=5'`,
    `curl -s '${url}/v1/users/${userId}/reservations'`,
    `curl -s '${url}/v1/books/${bookId}/history?limit=5'`,
    `curl -s -H 'content-type: application/json' -H 'prefer: wait=5' -d '{"userId":"me"}' '${url}/v1/books/${bookId}/reservations'`,
  ];
}
