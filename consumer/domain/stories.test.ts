import { Story, WINDOW } from './testing';

const READERS = ['ann', 'bob', 'cy', 'dee', 'eve', 'fay'];

/** Who holds a copy of the book for pickup, by copy. */
const holders = (story: Story) => ['c1', 'c2'].map((copyId) => story.copy(copyId)?.reservationId);

describe('three books with two copies each, and six readers who want them all', () => {
  test('windows that run out in turn pass each copy down the queue of its own book', () => {
    const books = [0, 1, 2].map(() => Story.withCopies('c1', 'c2'));
    for (const reader of READERS) for (const book of books) book.reserved(reader);
    for (const book of books) expect(book.queue()).toEqual(['cy', 'dee', 'eve', 'fay']);

    // The first book loses its copies in the order in which they were set aside, the second the other way round; in the
    // third one is collected in time.
    const [first, second, third] = books as [Story, Story, Story];
    first.expired('ann');
    second.expired('bob');
    third.borrowed('c1', 'ann').expired('bob');
    first.expired('bob');
    second.expired('ann');
    expect(books.map(holders)).toEqual([
      ['cy', 'dee'],
      ['dee', 'cy'],
      [null, 'cy'],
    ]);
    expect(books.map((book) => book.queue())).toEqual([
      ['eve', 'fay'],
      ['eve', 'fay'],
      ['dee', 'eve', 'fay'],
    ]);

    for (const reader of ['cy', 'dee', 'eve', 'fay']) {
      for (const book of books) {
        if (book.status(reader) !== 'ready') continue;
        expect(book.reservation(reader)!.pickupBy).toBeLessThanOrEqual(book.now + WINDOW);
        expect(book.expired(reader).code).toBeNull();
        expect(book.expired(reader).code).toBe('already-closed');
      }
    }
    for (const book of books) expect(READERS.slice(1).map(book.status)).toEqual(Array(5).fill('expired'));
    expect(books.map((book) => book.status('ann'))).toEqual(['expired', 'expired', 'fulfilled']);
    expect(books.map((book) => book.counts())).toEqual([
      { total: 2, available: 2, reserved: 0, onLoan: 0 },
      { total: 2, available: 2, reserved: 0, onLoan: 0 },
      { total: 2, available: 1, reserved: 0, onLoan: 1 },
    ]);
  });
});

test('a day at the desk: cancelled, suspended, collected and withdrawn, and still first come, first served', () => {
  const story = Story.withCopies('c1').borrowed('c1', 'zoe');
  for (const reader of READERS) story.reserved(reader);
  story.cancelled('bob').suspended('cy').returned('c1');
  expect([story.status('ann'), story.queue()]).toEqual(['ready', ['cy', 'dee', 'eve', 'fay']]);

  story.borrowed('c1', 'dee');
  expect(story.code).toBe('copy-set-aside');
  story.borrowed('c1', 'ann').added('c2');
  expect([story.status('ann'), story.status('cy'), story.status('dee')]).toEqual([
    ...['fulfilled', 'waiting', 'ready'],
  ]);

  story.withdrawn('c2').resumed('cy').returned('c1');
  expect([story.status('cy'), story.queue()]).toEqual(['ready', ['dee', 'eve', 'fay']]);

  story.expired('cy').reserved('ann', 'ann-again');
  expect([story.status('dee'), story.queue()]).toEqual(['ready', ['eve', 'fay', 'ann-again']]);
});
