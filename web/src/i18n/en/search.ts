export const search = {
  title: 'Find a book',
  label: 'Search the catalogue',
  hint: 'Words of the title or the authors',
  results: { one: '{count} book', other: '{count} books' },
  manyResults: 'The first {count} books',
  none: 'No book has all of these words.',
  empty: 'The catalogue is empty. Staff add books, or “make demo” does.',
  available: { one: '{count} copy available', other: '{count} copies available' },
  allOut: 'All copies are out',
  noCopies: 'No copies',
  waiting: { one: '{count} reader waits', other: '{count} readers wait' },
};
