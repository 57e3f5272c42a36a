import { explain, REFUSAL_CODES, REFUSALS } from './refusals';

// Clients and stored rows go by the codes: none may change or go away.
test('the codes are those of every release', () => {
  expect([...REFUSAL_CODES].sort()).toEqual([
    'already-borrowed',
    'already-closed',
    'already-reserved',
    'copy-not-available',
    'copy-set-aside',
    'duplicate-copy',
    'limit-reached',
    'not-owner',
    'unknown-book',
    'unknown-copy',
    'unknown-reservation',
  ]);
});

test.each(REFUSAL_CODES)('%s has a title without a full stop and a sentence with one', (code) => {
  expect(REFUSALS[code].title).toMatch(/^[A-Z].*[^.]$/);
  expect(explain(code)).toMatch(/^[A-Z].*\.$/);
});
