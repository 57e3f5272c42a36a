import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../infra/http/testing';
import { waitUntil } from '../infra/local/wait';
import { libraryTokens, startAuthentication, type Authentication } from './authentication';
import { callerOfClaims } from './claims';

const tokens = 's3cret=staff:anna; dG9rZW4==patron:ishmael;t=analyst:Ada L.;';

test('a token makes its bearer staff, a patron or an analyst', async () => {
  const { identify } = startAuthentication({ mode: 'tokens', tokens }, silent);
  expect(await identify!('Bearer s3cret')).toEqual({ role: 'staff', name: 'anna' });
  expect(await identify!('Bearer dG9rZW4=')).toEqual({ role: 'patron', name: 'ishmael' });
  expect(await identify!('Bearer t')).toEqual({ role: 'analyst', name: 'Ada L.' });
});

test.each([
  't=admin:anna',
  't=staff:',
  't=patron:a b',
  't=patron:..',
  `t=staff:${'x'.repeat(65)}`,
  't=none:a',
])('%s is refused', (entry) =>
  expect(() => libraryTokens(entry, 'API_TOKENS')).toThrow('API_TOKENS: entry 1 has to be'),
);

describe('a file of tokens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  const file = join(folder, 'tokens');
  let authentication: Authentication;
  afterAll(async () => {
    await authentication.close();
    rmSync(folder, { recursive: true });
  });

  const nameOf = async (token: string) => {
    const caller = await authentication.identify!(`Bearer ${token}`);
    return 'name' in caller && 'role' in caller ? caller.name : undefined;
  };
  const until = (what: string, condition: () => Promise<boolean>) =>
    waitUntil(condition, { what, timeout: 20_000 });

  test('is read again when it changes; a change that is wrong changes nothing', async () => {
    writeFileSync(file, 'one=staff:anna\n');
    authentication = startAuthentication({ mode: 'tokens', file }, silent);
    expect(await nameOf('one')).toBe('anna');
    writeFileSync(file, 'two=staff:bob\n');
    await until('the new token is not known', async () => (await nameOf('two')) === 'bob');
    expect(await nameOf('one')).toBeUndefined();
    writeFileSync(file, 'nonsense\n');
    writeFileSync(file, 'two=staff:bob\nthree=staff:cy\nnonsense');
    rmSync(file);
    expect(await nameOf('two')).toBe('bob');
    writeFileSync(file, 'three=staff:cy\n');
    await until('it does not recover', async () => (await nameOf('three')) === 'cy');
  });

  test('that is not there, or says nothing, is refused at start', () => {
    const start = (name: string) => startAuthentication({ mode: 'tokens', file: name }, silent);
    expect(() => start(join(folder, 'none'))).toThrow(/API_TOKENS_FILE.*ENOENT/);
    writeFileSync(join(folder, 'empty'), '# nothing\n');
    expect(() => start(join(folder, 'empty'))).toThrow('API_TOKENS_FILE: names no token');
  });
});

describe('the claims of a token', () => {
  const NAMES = { user: 'sub', roles: ['scope', 'roles'] };
  // oxfmt-ignore
  test.each<[object, string]>([
    [{ scope: 'openid staff' }, 'staff'],
    [{ roles: ['patron'] }, 'patron'],
    [{ scope: 'openid', roles: ['analyst', 'patron'] }, 'analyst'],
    [{ roles: ['patron', 'analyst', 'staff'] }, 'staff'],
    [{ scope: 'staffing' }, 'none'],
    [{ roles: { staff: true } }, 'none'],
    [{}, 'none'],
  ])('%j: the role is %s', (claims, role) => {
    expect(callerOfClaims({ sub: 'anna', ...claims }, NAMES)).toEqual({ name: 'anna', role });
  });

  test('may be anywhere', () => {
    const names = { user: 'https://library/card', roles: ['realm_access.roles'] };
    const claims = { 'https://library/card': 'ishmael', realm_access: { roles: ['patron'] } };
    expect(callerOfClaims(claims, names)).toEqual({ name: 'ishmael', role: 'patron' });
  });

  test.each([undefined, null, 7, '', '..', 'auth0|7', 'a/b', 'x'.repeat(65), ['ishmael']])(
    'the user %j is refused: it would be no user of ours',
    (sub) =>
      expect(callerOfClaims({ sub, scope: 'patron' }, NAMES)).toMatch(/^The user in the token has to be/),
  );

  test.each(['auth0|7', 'anna@example.org', 'x'.repeat(255), 'Ånna Müller'])(
    'staff and analysts own nothing: %j may be their name',
    (sub) => {
      for (const role of ['staff', 'analyst'])
        expect(callerOfClaims({ sub, scope: role }, NAMES)).toEqual({ name: sub, role });
    },
  );

  test.each([undefined, null, 7, '', 'a\nb', 'x'.repeat(256)])('staff %j is refused: it is no name', (sub) =>
    expect(callerOfClaims({ sub, scope: 'staff' }, NAMES)).toMatch(
      /^The user in the token has to be 1 to 255/,
    ),
  );

  test('inherited properties are no claims', () => {
    const names = { user: 'sub', roles: ['constructor.name', '__proto__.roles'] };
    expect(callerOfClaims({ sub: 'anna' }, names)).toEqual({ name: 'anna', role: 'none' });
  });
});
