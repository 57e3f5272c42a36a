import { createIdentify, requireSelf, requireStaff } from './auth';

test('tokens tell who calls', () => {
  const identify = createIdentify('s3cret=staff:anna; dG9rZW4==patron:ishmael;');
  expect(identify('Bearer s3cret')).toEqual({ role: 'staff', name: 'anna' });
  expect(identify('bearer  s3cret')).toEqual({ role: 'staff', name: 'anna' });
  expect(identify('Bearer dG9rZW4=')).toEqual({ role: 'patron', name: 'ishmael' });
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer wrong',
  'Basic s3cret',
  's3cret',
  'Bearer s3cret extra',
])('authorization: %s is nobody', (header) =>
  expect(createIdentify('s3cret=staff:anna')(header)).toBeUndefined(),
);

test.each(['', ';', 'token', '=staff:anna', 'token=staff', 'token=admin:anna', 'token=staff:'])(
  'API_TOKENS "%s" is refused at start',
  (tokens) => expect(() => createIdentify(tokens)).toThrow(/API_TOKENS/),
);

test('the error about a wrong entry does not show the secret', () => {
  expect(() => createIdentify('good=staff:anna;hush=admin:bob')).toThrow(/entry 2(?!.*hush)/);
});

test('a patron acts for themselves only, staff and anonymous callers for anybody', () => {
  const patron = { role: 'patron', name: 'ishmael' } as const;
  expect(() => requireSelf(patron, 'ishmael')).not.toThrow();
  expect(() => requireSelf(patron, 'ahab')).toThrow('403');
  expect(() => requireSelf(patron, null)).toThrow('403');
  expect(() => requireStaff(patron)).toThrow('403');
  for (const role of ['staff', 'anonymous'] as const) {
    expect(() => requireSelf({ role, name: 'x' }, null)).not.toThrow();
    expect(() => requireStaff({ role, name: 'x' })).not.toThrow();
  }
});
