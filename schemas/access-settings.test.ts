import { authSettings } from './access-settings';

const LOCAL = { HTTP_HOST: '127.0.0.1' };
const JWT = {
  AUTH_ISSUER: 'https://id.example.org/',
  AUTH_AUDIENCE: 'library',
  AUTH_JWKS_URL: 'https://id.example.org/jwks',
};

test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])(
  'without authentication the API may be on %s',
  (HTTP_HOST) => expect(authSettings({ HTTP_HOST })).toEqual({ mode: 'none' }),
);

test.each(['0.0.0.0', '::', '192.168.1.7', 'library.example.org', '128.0.0.1'])(
  'and is refused on %s, with what to do',
  (HTTP_HOST) => {
    expect(() => authSettings({ HTTP_HOST })).toThrow(/HTTP_HOST.*AUTH=tokens.*HTTP_HOST=127\.0\.0\.1/);
    expect(() => authSettings({ HTTP_HOST, AUTH: 'none' })).toThrow(/HTTP_HOST/);
    expect(authSettings({ HTTP_HOST, API_TOKENS: 't=staff:anna' }).mode).toBe('tokens');
    expect(authSettings({ HTTP_HOST, AUTH: 'jwt', ...JWT }).mode).toBe('jwt');
  },
);

test('tokens, or a file of them, imply the mode', () => {
  expect(authSettings({ ...LOCAL, API_TOKENS: 't=staff:anna' })).toEqual({
    mode: 'tokens',
    tokens: 't=staff:anna',
  });
  expect(authSettings({ ...LOCAL, API_TOKENS_FILE: '/t' })).toEqual({ mode: 'tokens', file: '/t' });
});

test('the claims of a JSON Web Token have defaults', () => {
  const issuer = { issuer: JWT.AUTH_ISSUER, audience: 'library', jwksUrl: JWT.AUTH_JWKS_URL };
  expect(authSettings({ ...LOCAL, AUTH: 'jwt', ...JWT })).toEqual({
    ...{ mode: 'jwt', ...issuer, userClaim: 'sub', rolesClaims: ['scope', 'roles'] },
  });
  const claims = { AUTH_USER_CLAIM: 'card', AUTH_ROLES_CLAIM: 'realm_access.roles' };
  expect(authSettings({ ...LOCAL, AUTH: 'jwt', ...JWT, ...claims })).toMatchObject({
    ...{ userClaim: 'card', rolesClaims: ['realm_access.roles'] },
  });
});

// oxfmt-ignore
test.each<[string, Partial<Parameters<typeof authSettings>[0]>, RegExp]>([
  ['tokens without any', { AUTH: 'tokens' }, /API_TOKENS or API_TOKENS_FILE/],
  ['tokens from two places', { API_TOKENS: 'a', API_TOKENS_FILE: 'b' }, /unset one/],
  ['tokens that would not count', { AUTH: 'none', API_TOKENS: 'a' }, /API_TOKENS is set, but AUTH is none/],
  ['a file that would not count', { AUTH: 'jwt', ...JWT, API_TOKENS_FILE: 'a' }, /API_TOKENS_FILE is set, but AUTH is jwt/],
  ['an issuer that would not count', { AUTH_ISSUER: 'https://id.example.org' }, /AUTH_ISSUER is set, but AUTH is none/],
  ['jwt without an issuer', { AUTH: 'jwt', AUTH_AUDIENCE: 'library' }, /AUTH_ISSUER and AUTH_JWKS_URL/],
])('%s is refused', (_what, env, message) => {
  expect(() => authSettings({ ...LOCAL, ...env })).toThrow(message);
});
