import { createHash } from 'node:crypto';
import { identifyByToken, parseTokens, type TokenOptions } from './tokens';

const OPTIONS: TokenOptions = {
  variable: 'API_TOKENS',
  parseCaller: (text) => (text === '' || text === '?' ? undefined : { role: 'guest', name: text }),
  form: 'token=name',
};
const parse = (text: string) => parseTokens(text, OPTIONS);
const identify = (text: string, header: string | undefined) => {
  const tokens = parse(text);
  return identifyByToken(() => tokens, 'test')(header);
};
const sha256 = (token: string) => `sha256:${createHash('sha256').update(token).digest('hex')}`;

test('a token identifies its caller', () => {
  const tokens = 's3cret=anna; dG9rZW4==bob;';
  expect(identify(tokens, 'Bearer s3cret')).toEqual({ role: 'guest', name: 'anna' });
  expect(identify(tokens, 'bearer  s3cret')).toEqual({ role: 'guest', name: 'anna' });
  expect(identify(tokens, 'Bearer dG9rZW4=')).toEqual({ role: 'guest', name: 'bob' });
});

test('commas separate entries as well, and may be in a name', () => {
  const tokens = 's3cret=anna, dG9rZW4==Smith, Bob,t=carl';
  expect(identify(tokens, 'Bearer s3cret')).toMatchObject({ name: 'anna' });
  expect(identify(tokens, 'Bearer dG9rZW4=')).toMatchObject({ name: 'Smith, Bob' });
  expect(identify(tokens, 'Bearer t')).toMatchObject({ name: 'carl' });
});

test('a file has one on each line, with comments', () => {
  const file = '# for the desk\ns3cret=anna\r\n\n  # and for the app\nt0ken=bob\n';
  expect(identify(file, 'Bearer t0ken')).toMatchObject({ name: 'bob' });
  expect(parse(file)).toHaveLength(2);
});

test('a token may be given as its hash, which is no token itself', () => {
  const tokens = `${sha256('s3cret')}=anna`;
  expect(identify(tokens, 'Bearer s3cret')).toMatchObject({ name: 'anna' });
  expect(identify(tokens, `Bearer ${sha256('s3cret')}`)).toMatchObject({ kind: { status: 401 } });
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

test.each(['', ';', '# nothing', 'token', '=anna', 'token=', 'token=?', 'to ken=anna', 'sha256:12=anna'])(
  'API_TOKENS "%s" is refused at start',
  (text) => expect(() => parse(text)).toThrow(/API_TOKENS/),
);

test.each(['t=anna;u=bob;t=anna', `t=anna;u=bob;${sha256('t')}=bob`])(
  'a token that is there twice is refused, with the numbers of both entries: %s',
  (text) => expect(() => parse(text)).toThrow(/entry 3 has the same token as entry 1/),
);

test('the error about a wrong entry gives its number and its form, not the secret', () => {
  expect(() => parse('good=anna;hush=?')).toThrow(/entry 2 has to be token=name(?!.*hush)/);
});
