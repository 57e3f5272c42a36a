import type { IncomingMessage } from 'node:http';
import { createOriginCheck } from './origin';

const check = (hosts: string[] | undefined, method: string, headers: Record<string, string>) => () =>
  createOriginCheck(hosts)({ method, headers } as unknown as IncomingMessage);

const HERE = { host: '127.0.0.1:3000' };

test.each([
  ['a program', {}],
  ['our own page', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' }],
  ['our own page in an older browser', { origin: 'http://127.0.0.1:3000' }],
  ['the address bar', { 'sec-fetch-site': 'none' }],
])('a write of %s is let in', (_who, headers) => {
  expect(check([], 'POST', { ...HERE, ...headers })).not.toThrow();
});

test.each([
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another site in an older browser', { origin: 'https://evil.example' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-site' }],
  ['a page without an origin', { origin: 'null' }],
  ['a page that claims to be ours', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'cross-site' }],
])('a write from %s is refused, and a read is not', (_who, headers) => {
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect(check(undefined, method, { ...HERE, ...headers })).toThrow('403 cross-site');
  expect(check(undefined, 'GET', { ...HERE, ...headers })).not.toThrow();
});

test.each([
  '127.0.0.1',
  '127.0.0.1:3000',
  '[::1]:3000',
  'localhost:3000',
  'Localhost',
  'api.localhost',
  '10.0.0.7:80',
  'lib.example:3000',
])('the host %s is ours', (host) => expect(check(['Lib.example'], 'GET', { host })).not.toThrow());

test.each([
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '',
  '[evil]',
  'a b',
])('the host %j is not, for reads either, unless callers authenticate', (host) => {
  expect(check([], 'GET', { host })).toThrow('ALLOWED_HOSTS');
  expect(check(undefined, 'GET', { host })).not.toThrow();
});
