import { withoutQuotes } from './routes';

test.each([
  ['BookReserved.userId: "ish mael" is not an ID.', 'BookReserved.userId: "…" is not an ID.'],
  ['invalid input syntax: "a \\" b" and "c', 'invalid input syntax: "…" and "…"'],
  ['The registry has no schema with ID 9.', 'The registry has no schema with ID 9.'],
])('of %s analysts are shown %s', (reason, shown) => {
  expect(withoutQuotes(reason)).toBe(shown);
});
