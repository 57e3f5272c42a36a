import { WAIT } from '../api-client';
import type { LendingDesk, Page } from './desk';

interface Held {
  bookId: string;
  copyId: string;
  title: string;
  userId: string;
  setAsideBy: string;
}

/** The lists that the desk works through, over all books. */
export function shelfTests(desk: LendingDesk): void {
  test('the hold shelf has each copy that is set aside, the first that ends first; the pull list those to be fetched', async () => {
    const fetched = await desk.bookWithCopies('c1');
    const returned = await desk.bookWithCopies('c1');
    const last = await desk.bookWithCopies('c1');
    await desk.api.post(`/v1/books/${returned}/copies/c1/loans`, { userId: 'ann' }, WAIT);
    await desk.reserve(fetched, 'bob');
    await desk.reserve(returned, 'cleo');
    await desk.api.post(`/v1/books/${returned}/copies/c1/returns`, undefined, WAIT);
    await desk.reserve(last, 'dan');

    const own = async (list: string) => {
      const items: Held[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const path = `/v1/${list}?limit=2${cursor && `&cursor=${cursor}`}`;
        const page: Page<Held> = (await desk.api.get<Page<Held>>(path)).body;
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return items
        .filter(({ bookId }) => [fetched, returned, last].includes(bookId))
        .map(({ bookId, copyId, userId, title, setAsideBy }) => [bookId, copyId, userId, title, setAsideBy]);
    };
    const first = [fetched, 'c1', 'bob', `The Whale of ${fetched}`, 'BookReserved'];
    const second = [returned, 'c1', 'cleo', `The Whale of ${returned}`, 'CopyReturned'];
    const third = [last, 'c1', 'dan', `The Whale of ${last}`, 'BookReserved'];
    expect(await own('hold-shelf')).toEqual([first, second, third]);
    expect(await own('pull-list')).toEqual([third, first]);

    await desk.api.post(`/v1/books/${fetched}/copies/c1/loans`, { userId: 'bob' }, WAIT);
    expect(await own('hold-shelf')).toEqual([second, third]);
    expect(await own('pull-list')).toEqual([third]);
  });
}
