import { copiesOf, mostFrequent, requestAgain, requestForWish, requestsForBook } from './plan';

const BOOK = {
  bookId: '2',
  title: 'Emma',
  authors: ['Jane Austen'],
  isbn: null,
  year: 1815,
  ratings: 60_000,
};

describe('the plan of the demo', () => {
  test.each([
    [0, 1],
    [19_999, 1],
    [20_000, 2],
    [149_999, 3],
    [499_999, 4],
    [4_780_653, 5],
  ])('buys for %i ratings %i copies', (ratings, copies) => {
    expect(copiesOf(ratings)).toBe(copies);
  });

  test('sends a book before its copies', () => {
    expect(requestsForBook(BOOK)).toEqual([
      {
        method: 'PUT',
        path: '/v1/books/2',
        body: { title: 'Emma', authors: ['Jane Austen'], isbn: null, year: 1815 },
      },
      { method: 'PUT', path: '/v1/books/2/copies/2-1' },
      { method: 'PUT', path: '/v1/books/2/copies/2-2' },
      { method: 'PUT', path: '/v1/books/2/copies/2-3' },
    ]);
  });

  test('gives a wish the same key in every run, and a second request another key', () => {
    const wish = { userId: '15', bookId: '2' };
    expect(requestForWish(wish)).toEqual({
      method: 'POST',
      path: '/v1/books/2/reservations',
      body: { userId: '15' },
      idempotencyKey: 'demo-15-2',
    });
    expect(requestAgain(wish).idempotencyKey).not.toBe('demo-15-2');
  });

  test('finds what occurs most often', () => {
    expect(mostFrequent(['a', 'b', 'c', 'b', 'c', 'b'], 2)).toEqual(['b', 'c']);
    expect(mostFrequent([], 2)).toEqual([]);
  });
});
