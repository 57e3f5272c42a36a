import { identifyLibraryCaller, requireSelf, requireStaff } from './access';

test('a token makes its bearer staff or a patron', () => {
  const identify = identifyLibraryCaller('s3cret=staff:anna; dG9rZW4==patron:ishmael;');
  expect(identify('Bearer s3cret')).toEqual({ role: 'staff', name: 'anna' });
  expect(identify('Bearer dG9rZW4=')).toEqual({ role: 'patron', name: 'ishmael' });
});

test.each(['', ';', 'token', '=staff:anna', 'token=staff', 'token=admin:anna', 'token=staff:'])(
  'API_TOKENS "%s" is refused at start',
  (tokens) => expect(() => identifyLibraryCaller(tokens)).toThrow(/API_TOKENS/),
);

test('the error about a wrong entry does not show the secret', () => {
  expect(() => identifyLibraryCaller('good=staff:anna;hush=admin:bob')).toThrow(/entry 2(?!.*hush)/);
});

test('a patron acts for themselves only, staff and anonymous callers for anybody', () => {
  const patron = { role: 'patron', name: 'ishmael' };
  expect(() => requireSelf(patron, 'ishmael')).not.toThrow();
  expect(() => requireSelf(patron, 'ahab')).toThrow('403');
  expect(() => requireSelf(patron, null)).toThrow('403');
  expect(() => requireStaff(patron)).toThrow('403');
  for (const role of ['staff', 'anonymous']) {
    expect(() => requireSelf({ role, name: 'x' }, null)).not.toThrow();
    expect(() => requireStaff({ role, name: 'x' })).not.toThrow();
  }
});

test('an unknown role has no access', () => {
  expect(() => requireStaff({ role: 'admin', name: 'x' })).toThrow('403');
  expect(() => requireSelf({ role: 'admin', name: 'x' }, null)).toThrow('403');
});
