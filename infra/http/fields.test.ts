import { limit, text } from './fields';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

test('a limit is 1 to 200 in plain digits, 50 when absent', () => {
  expect(limit.parse(undefined)).toBe(50);
  expect(limit.parse('1')).toBe(1);
  expect(limit.parse('200')).toBe(200);
  for (const wrong of ['0', '201', '-1', '1.5', '1e2', ' 5', '', 'ten', ['1', '2'], 5]) {
    expect(accepts(limit, wrong)).toBe(false);
  }
});

test('the length of text counts code points, not halves of surrogate pairs', () => {
  const three = text({ min: 1, max: 3 });
  expect(accepts(three, '🐋🐋🐋')).toBe(true);
  expect(accepts(three, '🐋🐋🐋🐋')).toBe(false);
  expect(accepts(three, '')).toBe(false);
});

test('text is what Postgres can store', () => {
  expect(accepts(text({ max: 3 }), 'a\0')).toBe(false);
  expect(accepts(text({ max: 3 }), '\ud83d')).toBe(false);
});
