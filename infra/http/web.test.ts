import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpApp } from './app';
import { serve, silent, type TestServer } from './testing';
import { webPages } from './web';

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<html lang="en" data-auth="none"><body></body></html>');
  writeFileSync(join(folder, 'assets/page-1a2b.js'), `export const text = '${'x'.repeat(2_000)}';`);
  writeFileSync(join(folder, 'favicon.ico'), Buffer.alloc(8));
  const paths = ['/', '/books/{bookId}', '/me'];
  const pages = webPages({ folder, paths, languages: ['en', 'de'], told: { auth: 'tokens' } })!;
  const info = { title: 'Library', version: '1' };
  server = await serve(createHttpApp({ routes: [], info, logger: silent, pages }));
});
afterAll(async () => {
  await server.close(1_000);
  rmSync(folder, { recursive: true });
});

test.each([
  [undefined, 'en'],
  ['de-AT,de;q=0.9,en;q=0.5', 'de'],
  ['en-GB,de;q=0.1', 'en'],
  ['fr', 'en'],
])('to %p the page speaks %s', async (wanted, language) => {
  const headers = { accept: 'text/html', ...(wanted !== undefined && { 'accept-language': wanted }) };
  for (const path of ['/', '/books/moby-dick', '/me']) {
    const answer = await server.send('GET', path, { headers });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`<html lang="${language}" data-auth="tokens">`);
    expect(answer.headers).toMatchObject({ 'content-language': language, vary: 'accept, accept-language' });
  }
});

test('it is HTML or nothing, and other paths and methods are problems as ever', async () => {
  const html = { headers: { accept: 'text/html' } };
  const wrong = [
    await server.send('GET', '/me', { headers: { accept: 'application/json' } }),
    await server.send('GET', '/v1/none', html),
    await server.send('POST', '/me', html),
    await server.send('GET', '/assets/none.js'),
  ];
  expect(wrong.map(({ status }) => status)).toEqual([406, 404, 405, 404]);
  for (const { headers } of wrong) expect(headers['content-type']).toMatch('application/problem+json');
  expect((await server.send('HEAD', '/', html)).status).toBe(200);
  expect((await server.send('GET', '/me/')).headers['location']).toBe('/me');
  expect((await server.send('GET', '/docs/')).headers['location']).toBe('/docs');
});

test('assets are kept for ever, zipped for those who unzip; the page is asked for again', async () => {
  const asset = await server.send('GET', '/assets/page-1a2b.js', { headers: { 'accept-encoding': 'gzip' } });
  expect(asset.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
  });
  expect(asset.headers['content-type']).toMatch('text/javascript');
  expect((await server.send('GET', '/assets/page-1a2b.js')).text).toContain('export const text');
  expect((await server.send('GET', '/favicon.ico')).status).toBe(200);
  const { headers } = await server.send('GET', '/');
  expect(headers['cache-control']).toBe('no-cache');
  const again = { headers: { 'if-none-match': String(headers['etag']) } };
  expect((await server.send('GET', '/', again)).status).toBe(304);
});

test('nothing from elsewhere may run in it, and nobody may frame it', async () => {
  const { headers } = await server.send('GET', '/');
  const policy = String(headers['content-security-policy']);
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ])
    expect(policy).toContain(part);
  expect(policy).not.toContain('unsafe');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
});

test('what has not been built is not there', () => {
  expect(webPages({ folder: '/nowhere', paths: ['/'], languages: ['en'], told: {} })).toBeUndefined();
});
