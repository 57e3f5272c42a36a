import { after, bookId, copyId, reservationId, userId } from './fields';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

test.each([
  ['bookId', bookId],
  ['copyId', copyId],
  ['userId', userId],
])('%s is an ID, and neither . nor ..', (_, field) => {
  for (const value of ['a', 'A.b_c~d-9', '...', '.a', 'x'.repeat(64)])
    expect(accepts(field, value)).toBe(true);
  for (const value of ['', '.', '..', 'x'.repeat(65), 'a b', 'a/b', 'ä', 'a\n', '\u0000', 7, null])
    expect(accepts(field, value)).toBe(false);
});

test('a reservation ID is a UUID of any version, and comes out in lower case', () => {
  expect(reservationId.parse('01980F3C-7A2E-7C41-9F0A-5D2B8C6E1F37')).toBe(
    '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37',
  );
  expect(accepts(reservationId, '00000000-0000-0000-0000-000000000000')).toBe(true);
  expect(accepts(reservationId, '11111111-1111-1111-1111-111111111111')).toBe(true);
  expect(accepts(reservationId, '01980f3c7a2e7c419f0a5d2b8c6e1f37')).toBe(false);
  expect(accepts(reservationId, 'urn:uuid:01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37')).toBe(false);
});

test('a position is <partition>:<offset>', () => {
  expect(after.parse('3:1042')).toEqual({ partition: 3, offset: 1042 });
  expect(after.parse(undefined)).toBeUndefined();
  for (const wrong of [
    '3',
    '3:',
    ':3',
    '-1:0',
    '3:1.5',
    '03:1',
    '3:1042 ',
    '3:99999999999999999',
    ['0:1', '0:2'],
  ]) {
    expect(accepts(after, wrong)).toBe(false);
  }
});
