import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DemoClient, GaveUpError } from './client';

const POST = {
  method: 'POST',
  path: '/v1/books/1/reservations',
  body: { userId: '1' },
  idempotencyKey: 'k',
} as const;

describe("the demo's client", () => {
  let server: Server | undefined;
  let client: DemoClient | undefined;
  afterEach(() => {
    client?.close();
    server?.close();
  });

  async function serve(listener: RequestListener, patience = 2_000): Promise<DemoClient> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { signal } = new AbortController();
    client = new DemoClient({ url: `http://127.0.0.1:${port}`, connections: 1, patience, signal });
    return client;
  }

  test('retries with the same key when the API is busy or the outcome is unknown', async () => {
    const keys: unknown[] = [];
    const sender = await serve((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.statusCode = [503, 504, 429][keys.length - 1] ?? 202;
      response.end('{"position":"0:1"}');
    });
    expect(await sender.send(POST)).toMatchObject({ status: 202, body: { position: '0:1' }, retries: 3 });
    expect(keys).toEqual(['k', 'k', 'k', 'k']);
  });

  test('gives up when Retry-After is longer than its patience', async () => {
    const sender = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '60' }).end('{"detail":"Kafka is away."}');
    });
    await expect(sender.send(POST)).rejects.toThrow(/503: Kafka is away/);
  });

  test('is slowed down by a rate limit, and does not give up', async () => {
    let asked = 0;
    const sender = await serve((_, response) => {
      asked += 1;
      response.statusCode = asked < 9 ? 429 : 202;
      response.end('{}');
    }, 400);
    expect(await sender.send(POST)).toMatchObject({ status: 202, retries: 8 });
  });

  test('sends nothing before the time that Retry-After names, and nothing else either', async () => {
    const asked: number[] = [];
    const sender = await serve((_, response) => {
      asked.push(performance.now());
      if (asked.length === 1) response.writeHead(429, { 'retry-after': '1' });
      else response.writeHead(asked.length === 2 ? 503 : 202);
      response.end('{}');
    });
    await Promise.all([sender.send(POST), sender.send(POST)]);
    expect(asked.slice(2).map((time) => time - asked[0]! >= 1_000)).toEqual([true, true]);
  });

  test('reports a missing token', async () => {
    const sender = await serve((_, response) => response.writeHead(401).end());
    await expect(sender.send(POST)).rejects.toThrow(/API_TOKENS/);
  });

  test('returns a refusal as an answer', async () => {
    const sender = await serve((_, response) => response.writeHead(409).end('{"code":"already-reserved"}'));
    expect(await sender.send(POST)).toMatchObject({ status: 409, body: { code: 'already-reserved' } });
  });

  test('gives up where no server listens', async () => {
    const sender = await serve(() => undefined, 0);
    server?.close();
    await expect(sender.send(POST)).rejects.toThrow(GaveUpError);
  });
});
