import fc from 'fast-check';
import { isId, isUuid } from './ids';

test.each(['a', 'A.b_c~d-9', '...', '.a', 'a.', 'x'.repeat(64)])('%s is an ID', (value) => {
  expect(isId(value)).toBe(true);
});

test.each(['', '.', '..', 'x'.repeat(65), 'a b', 'a/b', 'ä', 'a\n', '..\n', '\u0000', 7, null, undefined])(
  '%j is no ID',
  (value) => {
    expect(isId(value)).toBe(false);
  },
);

test('an ID in the path of a URL is the same after the URL has been resolved', () => {
  const characters = fc.constantFrom(...'aZ09._~-');
  const text = fc.string({ unit: characters, maxLength: 66 });
  fc.assert(
    fc.property(text, (id) => {
      const survives = new URL(`http://h/books/${id}`).pathname === `/books/${id}`;
      expect(isId(id)).toBe(survives && id.length >= 1 && id.length <= 64);
    }),
  );
});

test('a UUID is one of any version, in either case', () => {
  for (const uuid of [
    '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37',
    '01980F3C-7A2E-7C41-9F0A-5D2B8C6E1F37',
    '00000000-0000-0000-0000-000000000000',
    '11111111-1111-1111-1111-111111111111',
  ])
    expect(isUuid(uuid)).toBe(true);
  for (const other of [
    '01980f3c7a2e7c419f0a5d2b8c6e1f37',
    'urn:uuid:01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37',
    '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37\n',
    '{01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37}',
    undefined,
  ])
    expect(isUuid(other)).toBe(false);
});
