import { readCatalogue, readWishes, toBook, toWish } from './data';

describe('the data set', () => {
  test('keeps quotes and commas of titles, and splits the authors', async () => {
    const books = await readCatalogue(2);
    expect(books).toEqual([
      {
        bookId: '1',
        isbn: '9780439023480',
        title: 'The Hunger Games (The Hunger Games, #1)',
        authors: ['Suzanne Collins'],
        year: 2008,
        ratings: 4_780_653,
      },
      expect.objectContaining({ bookId: '2', authors: ['J.K. Rowling', 'Mary GrandPré'] }),
    ]);
  });

  test('has every book of every wish, and titles that the API takes', async () => {
    const books = await readCatalogue();
    const known = new Set(books.map(({ bookId }) => bookId));
    const unknown = await readWishes(({ bookId }) => !known.has(bookId));
    expect([books.length, unknown]).toEqual([10_000, []]);
    expect(books.filter(({ title }) => title === '' || title.length > 500)).toEqual([]);
    expect(books.some(({ title }) => title.includes('"'))).toBe(true);
  });

  test('returns the wanted wishes in order', async () => {
    expect(await readWishes(({ userId }) => userId === '15', 2)).toEqual([
      { userId: '15', bookId: '398' },
      { userId: '15', bookId: '275' },
    ]);
  });

  test('treats empty fields as unknown', () => {
    const row = { book_id: '7', isbn13: '', title: 'T', authors: '', year: '', ratings_count: '3' };
    expect(toBook(row)).toEqual({ bookId: '7', isbn: null, title: 'T', authors: [], year: null, ratings: 3 });
    expect(toBook({ ...row, year: '-750' }).year).toBe(-750);
    expect(toWish({ user_id: '1', book_id: '2' })).toEqual({ userId: '1', bookId: '2' });
  });
});
