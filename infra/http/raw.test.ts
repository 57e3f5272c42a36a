import { once } from 'node:events';
import { connect } from 'node:net';
import { z } from 'zod';
import { createHttpApp } from './app';
import { defineRoute } from './route';
import { serve, silent, type TestServer } from './testing';

/** What the app has handled: a request that is smuggled would be among it. */
let handled: string[] = [];
let release = (): void => undefined;
let waiting: () => void = () => undefined;

const shared = {
  ...{ access: {}, tag: 'Things', summary: 'A test', responses: { 200: { description: 'Fine' } } },
  ...{ params: z.object({ thingId: z.string().regex(/^[\w.-]{1,64}$/) }), query: z.object({}) },
};

/** Answers at once, but `held` when the test decides. */
async function handle({ params }: { params: { thingId: string } }) {
  handled.push(params.thingId);
  if (params.thingId === 'held') {
    const released = new Promise<void>((resolve) => (release = resolve));
    waiting();
    await released;
  }
  return { status: 200, body: params };
}

let server: TestServer;
beforeAll(async () => {
  const path = '/v1/things/{thingId}';
  const routes = [
    defineRoute({ ...shared, method: 'get', path, operationId: 'get', handle }),
    defineRoute({ ...shared, method: 'post', path, operationId: 'post', body: z.looseObject({}), handle }),
  ];
  const checkOrigin = () => undefined;
  server = await serve(
    createHttpApp({ routes, info: { title: 'T', version: '1' }, logger: silent, checkOrigin }),
  );
});
beforeEach(() => (handled = []));
afterAll(() => server.close(0));

function open() {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setNoDelay(true);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  // A server that has refused what comes may reset the connection.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => text);
  return { socket, closed };
}

/** Sends these bytes over a connection of their own, and ends it. @returns all that is answered */
async function exchange(bytes: string | Buffer): Promise<string> {
  const { socket, closed } = open();
  socket.end(bytes);
  return closed;
}

const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const HEAD = 'host: x\r\ncontent-type: application/json\r\n';
const CANARY = 'GET /v1/things/canary HTTP/1.1\r\nhost: x\r\n\r\n';
const post = (headers: string, body: string, id = 'a') =>
  `POST /v1/things/${id} HTTP/1.1\r\n${HEAD}${headers}\r\n${body}`;
const get = (headers: string, target = '/v1/things/a') => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;

describe('what two servers could read as different requests is refused, and nothing behind it is handled', () => {
  const smuggled = `0\r\n\r\n${CANARY}`;
  test.each([
    ['two lengths', post(`content-length: 2\r\ncontent-length: ${2 + CANARY.length}\r\n`, `{}${CANARY}`)],
    ['the same length twice', post('content-length: 2\r\ncontent-length: 2\r\n', `{}${CANARY}`)],
    ['a list of lengths', post('content-length: 2, 2\r\n', `{}${CANARY}`)],
    ['length and chunks', post('content-length: 2\r\ntransfer-encoding: chunked\r\n', smuggled)],
    ['chunks and length', post('transfer-encoding: chunked\r\ncontent-length: 2\r\n', smuggled)],
    ['a signed length', post('content-length: +2\r\n', `{}${CANARY}`)],
    ['a negative length', post('content-length: -2\r\n', `{}${CANARY}`)],
    ['a length in hex', post('content-length: 0x2\r\n', `{}${CANARY}`)],
    ['a length beyond all numbers', post(`content-length: ${'9'.repeat(30)}\r\n`, `{}${CANARY}`)],
    ['a coding that is no coding', post('transfer-encoding: xchunked\r\n', smuggled)],
    ['chunked, but not last', post('transfer-encoding: chunked, identity\r\n', smuggled)],
    ['chunked twice', post('transfer-encoding: chunked\r\ntransfer-encoding: x\r\n', smuggled)],
    ['a blank before the colon', post('transfer-encoding : chunked\r\n', smuggled)],
    ['a vertical tab in the coding', post('transfer-encoding: \x0bchunked\r\n', smuggled)],
    ['a folded header', post('transfer-encoding:\r\n chunked\r\n', smuggled)],
    ['bare LF between headers', `GET /v1/things/a HTTP/1.1\nhost: x\n\n${CANARY}`],
    ['bare CR between headers', get('host: x\rtransfer-encoding: chunked\r\n') + CANARY],
    ['NUL in a header', get('host: x\r\nx-a: a\0b\r\n') + CANARY],
    ['NUL in the name of a header', get('host: x\r\nx\0a: b\r\n') + CANARY],
    ['NUL in the path', get('host: x\r\n', '/v1/things/a\0') + CANARY],
    ['a chunk size that is no number', post('transfer-encoding: chunked\r\n', `zz\r\n{}\r\n${smuggled}`)],
    [
      'a chunk size beyond all numbers',
      post('transfer-encoding: chunked\r\n', `${'f'.repeat(17)}\r\n{}\r\n${smuggled}`),
    ],
    [
      'a chunk that is longer than it says',
      post('transfer-encoding: chunked\r\n', `2\r\n{}}}\r\n${smuggled}`),
    ],
    ['a chunk that ends with LF', post('transfer-encoding: chunked\r\n', `2\r\n{}\n${smuggled}`)],
    [
      'a chunk extension without end',
      post('transfer-encoding: chunked\r\n', `2;${'x'.repeat(40_000)}\r\n{}\r\n${smuggled}`),
    ],
    [
      'a trailer without end',
      post('transfer-encoding: chunked\r\n', `2\r\n{}\r\n0\r\nx: ${'x'.repeat(40_000)}\r\n\r\n${CANARY}`),
    ],
    ['no host', get('') + CANARY],
    ['two hosts', get('host: x\r\nHost: y\r\n') + CANARY],
    ['a target on another host', get('host: x\r\n', 'http://evil.example/v1/things/a') + CANARY],
    ['a target that is no URL', get('host: x\r\n', 'http://[/v1/things/a') + CANARY],
    ['a target of another scheme', get('host: x\r\n', 'file:///etc/passwd') + CANARY],
    ['HTTP/2 from the start', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + CANARY],
    ['HTTP/9.9', `GET /v1/things/a HTTP/9.9\r\nhost: x\r\n\r\n${CANARY}`],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex').toString('latin1') + CANARY],
    ['a blank in the method', `GE T /v1/things/a HTTP/1.1\r\nhost: x\r\n\r\n${CANARY}`],
  ])('%s', async (_name, bytes) => {
    const answer = await exchange(Buffer.from(bytes, 'latin1'));
    expect(handled).not.toContain('canary');
    const statuses = statusesIn(answer);
    expect(statuses).toHaveLength(1);
    expect([400, 413, 431]).toContain(statuses[0]);
    expect(answer).toContain('content-type: application/problem+json; charset=utf-8');
    expect(answer.toLowerCase()).toContain('connection: close');
  });
});

describe('what is unusual and right is served', () => {
  test.each([
    [
      'chunks',
      post('transfer-encoding: chunked\r\nconnection: close\r\n', '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'),
      200,
    ],
    [
      'a short chunk extension',
      post('transfer-encoding: chunked\r\nconnection: close\r\n', '2;a=b\r\n{}\r\n0\r\n\r\n'),
      200,
    ],
    ['a target with our host', get('host: x\r\nconnection: close\r\n', 'http://x/v1/things/a'), 200],
    ['an upgrade that is not wanted', get('host: x\r\nconnection: close, upgrade\r\nupgrade: h2c\r\n'), 200],
    ['a WebSocket', get('host: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n'), 200],
    ['HTTP/1.0 without a host', 'GET /v1/things/a HTTP/1.0\r\n\r\n', 200],
    ['blank lines in front', `\r\n\r\n${get('host: x\r\nconnection: close\r\n')}`, 200],
    ['another expectation', post('expect: cake\r\ncontent-length: 2\r\nconnection: close\r\n', '{}'), 417],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n', 405],
    ['TRACE', 'TRACE /v1/things/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 405],
  ])('%s', async (_name, bytes, status) => {
    const answer = await exchange(bytes);
    expect(statusesIn(answer)).toEqual([status]);
    if (status > 400) expect(answer).toContain('application/problem+json');
  });

  test('100-continue is answered before the body comes', async () => {
    const { socket, closed } = open();
    socket.write(post('expect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n', ''));
    await once(socket, 'data');
    socket.end('{}');
    expect(statusesIn(await closed)).toEqual([100, 200]);
  });
});

test('nonsense behind a POST that waits: its own answer is the only one, and nothing behind it is handled', async () => {
  const { socket, closed } = open();
  const arrived = new Promise<void>((resolve) => (waiting = resolve));
  socket.write(post('content-length: 2\r\n', '{}', 'held'));
  await arrived;
  socket.write('\0\x01nonsense\r\n\r\n');
  await exchange(get('host: x\r\nconnection: close\r\n'));
  release();
  const answer = await closed;
  expect(statusesIn(answer)).toEqual([200]);
  expect(answer).toContain('{"thingId":"held"}');
});

test('half a POST with nonsense for the rest, behind one that waits: the first has its answer, the other none', async () => {
  const { socket, closed } = open();
  const arrived = new Promise<void>((resolve) => (waiting = resolve));
  socket.write(post('content-length: 2\r\n', '{}', 'held'));
  await arrived;
  socket.write(post('transfer-encoding: chunked\r\n', 'zz\r\n', 'never'));
  await exchange(get('host: x\r\nconnection: close\r\n'));
  release();
  expect(statusesIn(await closed)).toEqual([200]);
  expect(handled).not.toContain('never');
});

test('a request that was refused before its body came is answered once, however the body ends', async () => {
  const { socket, closed } = open();
  socket.write(`POST /v1/nothing HTTP/1.1\r\n${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`);
  await once(socket, 'data');
  socket.write('zz\r\n');
  expect(statusesIn(await closed)).toEqual([404]);
});

test('a client that goes in the middle of a body leaves nothing behind', async () => {
  const { socket } = open();
  socket.write(post('content-length: 100\r\n', '{'));
  await exchange(get('host: x\r\nconnection: close\r\n'));
  socket.destroy();
  expect(handled).toEqual(['a']);
});
