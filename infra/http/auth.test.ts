import { identifyByToken, type TokenOptions } from './auth';

const OPTIONS: TokenOptions = {
  realm: 'test',
  parseCaller: (text) => (text === '' || text === '?' ? undefined : { role: 'guest', name: text }),
  form: 'token=name',
};
const identify = (tokens: string, header: string | undefined) => identifyByToken(tokens, OPTIONS)(header);

test('a token identifies its caller', () => {
  const tokens = 's3cret=anna; dG9rZW4==bob;';
  expect(identify(tokens, 'Bearer s3cret')).toEqual({ role: 'guest', name: 'anna' });
  expect(identify(tokens, 'bearer  s3cret')).toEqual({ role: 'guest', name: 'anna' });
  expect(identify(tokens, 'Bearer dG9rZW4=')).toEqual({ role: 'guest', name: 'bob' });
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
])('authorization: %s is answered 401', (header) =>
  expect(identify('s3cret=anna', header)).toMatchObject({ kind: { status: 401 } }),
);

test.each(['', ';', 'token', '=anna', 'token=', 'token=?'])('API_TOKENS "%s" is refused at start', (tokens) =>
  expect(() => identifyByToken(tokens, OPTIONS)).toThrow(/API_TOKENS/),
);

test('the error about a wrong entry gives its number and its form, not the secret', () => {
  expect(() => identifyByToken('good=anna;hush=?', OPTIONS)).toThrow(
    /entry 2 has to be token=name(?!.*hush)/,
  );
});
