import type { Answer } from './client';
import type { Wish } from './data';
import type { DemoRequest } from './plan';

/** Something that a reader does: wants a book, gives it up, fetches the copy, brings it back. */
export type Act =
  | ({ readonly kind: 'reserve' } & Wish)
  | ({ readonly kind: 'cancel'; readonly reservationId: string } & Wish)
  | ({ readonly kind: 'borrow' | 'return'; readonly copyId: string } & Wish);

/** An act that follows from an answer, so many milliseconds after it. */
export interface Later {
  readonly act: Act;
  readonly after: number;
}

/** One reader of so many gives up. */
const ONE_GIVES_UP = 10;
/** How long readers take to come, and how long they read; milliseconds. A library would say days. */
const COMING = { from: 1_000, to: 6_000 };
const READING = { from: 4_000, to: 20_000 };

/** How long what follows is waited for, in seconds. */
const WAIT = 5;

/** The request of an act. @param run names this run: readers of an earlier one want their books again */
export function requestOf(act: Act, run: string): DemoRequest {
  const book = `/v1/books/${act.bookId}`;
  const key = { idempotencyKey: `demo-${run}-${act.kind}-${act.bookId}-${act.userId}`, wait: WAIT };
  switch (act.kind) {
    case 'reserve':
      return { method: 'POST', path: `${book}/reservations`, body: { userId: act.userId }, ...key };
    case 'cancel':
      return {
        method: 'DELETE',
        path: `${book}/reservations/${act.reservationId}?userId=${act.userId}`,
        ...key,
      };
    case 'borrow':
      return {
        method: 'POST',
        path: `${book}/copies/${act.copyId}/loans`,
        body: { userId: act.userId },
        ...key,
      };
    case 'return':
      return { method: 'POST', path: `${book}/copies/${act.copyId}/returns`, ...key };
  }
}

/**
 * What readers do next. Whoever a copy is set aside for fetches it, or gives it up; whoever has one brings it back, and the answer
 * names the next reader in the queue.
 * @param chance from 0 up to 1
 */
export function whatFollows(
  act: Act,
  { status, body }: Pick<Answer, 'status' | 'body'>,
  chance: number,
): Later[] {
  const { userId, bookId } = act;
  const within = ({ from, to }: typeof COMING) => from + chance * (to - from);
  const { copyId } = body;
  if (status !== 200 || typeof copyId !== 'string') return [];
  if (act.kind === 'borrow')
    return [{ act: { kind: 'return', bookId, userId, copyId }, after: within(READING) }];
  if (act.kind === 'reserve' && body['status'] === 'ready') {
    if (chance < 1 / ONE_GIVES_UP)
      return [
        {
          act: { kind: 'cancel', bookId, userId, reservationId: String(body['reservationId']) },
          after: within(COMING),
        },
      ];
    return [{ act: { kind: 'borrow', bookId, userId, copyId }, after: within(COMING) }];
  }
  const next = body['userId'];
  if (act.kind !== 'return' || body['status'] !== 'reserved' || typeof next !== 'string') return [];
  return [{ act: { kind: 'borrow', bookId, userId: next, copyId }, after: within(COMING) }];
}
