import express from 'express';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { createHttpApp } from './app';
import { listen } from './server';
import { defineStreamRoute } from './route';
import { serve, silent } from './testing';
import { z } from 'zod';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

test('a port in use is reported in one sentence', async () => {
  const first = await listen(express(), ANY_PORT);
  const port = Number(new URL(first.url).port);
  await expect(listen(express(), { ...ANY_PORT, port, variable: 'OPS_PORT' })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use by another program: stop it, or set OPS_PORT to a free port.`,
  );
  await first.close(0);
});

test('an address of another machine is reported with the reason', async () => {
  await expect(listen(express(), { host: '192.0.2.1', port: 0 })).rejects.toThrow(
    /Cannot listen on 192\.0\.2\.1:0/,
  );
});

/** An app that answers when the test decides. */
function heldApp() {
  const app = express();
  let release = (): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    app.get('/', (_request, response) => {
      release = () => response.json({ done: true });
      resolve();
    });
  });
  return { app, arrived, release: () => release() };
}

test('closing lets a running request finish, even on a connection that the client keeps open', async () => {
  const { app, arrived, release } = heldApp();
  const server = await listen(app, ANY_PORT);
  const agent = new Agent({ keepAlive: true });
  const outgoing = request(server.url, { agent }).end();
  const answered = once(outgoing, 'response');
  await arrived;
  const closed = server.close(10_000);
  await expect(once(request(server.url).end(), 'response')).rejects.toThrow('ECONNREFUSED');
  release();
  const [response] = (await answered) as [NodeJS.ReadableStream & { statusCode: number }];
  response.resume();
  expect(response.statusCode).toBe(200);
  await closed;
  agent.destroy();
});

test('closing ends the connections of requests that miss the deadline', async () => {
  const { app, arrived } = heldApp();
  const server = await listen(app, ANY_PORT);
  const outgoing = request(server.url).end();
  const failed = once(outgoing, 'error');
  await arrived;
  await server.close(10);
  expect(((await failed) as [Error])[0]).toMatchObject({ code: 'ECONNRESET' });
});

/** Sends a request over the agent's connection, and reads the answer. @returns its `connection` header */
async function ask(url: string, agent: Agent): Promise<string | undefined> {
  const [response] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage];
  await once(response.resume(), 'end');
  return response.headers.connection;
}

test('while it closes each answer closes its connection, that of a request under way too', async () => {
  const { app, arrived, release } = heldApp();
  app.get('/other', (_request, response) => response.json({}));
  const server = await listen(app, ANY_PORT);
  const agent = new Agent({ keepAlive: true });
  expect(await ask(`${server.url}/other`, agent)).toBe('keep-alive');
  const early = ask(server.url, new Agent({ keepAlive: true }));
  await arrived;
  const closed = server.close(60_000, 30_000);
  release();
  expect(await early).toBe('close');
  expect(await ask(`${server.url}/other`, agent)).toBe('close');
  await closed;
});

test('a request on an idle connection is served for a while after closing began, one over a new connection is not', async () => {
  const app = express();
  app.get('/', (_request, response) => response.json({}));
  const server = await listen(app, ANY_PORT);
  const agent = new Agent({ keepAlive: true });
  await ask(server.url, agent);
  const closed = server.close(60_000, 30_000);
  await expect(once(request(server.url).end(), 'response')).rejects.toThrow('ECONNREFUSED');
  expect(await ask(server.url, agent)).toBe('close');
  await closed;
});

test('a request that has arrived on an idle connection is answered, though the process was too busy to read it', async () => {
  const app = express();
  app.get('/', (_request, response) => response.json({}));
  const server = await listen(app, ANY_PORT);
  const client = connect(Number(new URL(server.url).port), '127.0.0.1');
  const ask = async () => {
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');
  };
  await ask();
  const linger = 50;
  const closed = server.close(60_000, linger);
  // The request is with the system by then, and the time to close idle connections comes before it is read.
  const asked = ask();
  const begin = performance.now();
  while (performance.now() - begin < 2 * linger);
  await asked;
  await closed;
});

test('a connection over which nothing was sent does not keep a server open until the deadline', async () => {
  const server = await listen(express(), ANY_PORT);
  const silentClient = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(silentClient, 'connect');
  await server.close(120_000);
  silentClient.destroy();
});

test('closing is idempotent', async () => {
  const server = await listen(express(), ANY_PORT);
  await Promise.all([server.close(1_000), server.close(1_000)]);
});

test('closing ends streams at once', async () => {
  const closing = new AbortController();
  const stream = defineStreamRoute({
    ...{
      method: 'get',
      path: '/v1/events',
      operationId: 'events',
      access: {},
      mediaType: 'text/event-stream',
    },
    ...{ tag: 'Events', summary: 'A stream', responses: { 200: { description: 'Fine' } } },
    params: z.object({}),
    query: z.object({}),
    stream: ({ signal }, response) =>
      new Promise((resolve) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        signal.addEventListener('abort', () => {
          response.end('bye\n\n');
          resolve();
        });
      }),
  });
  const info = { title: 'Test', version: '1' };
  const app = createHttpApp({ routes: [stream], info, logger: silent, shutdown: closing.signal });
  const server = await serve(app, closing);
  const outgoing = request(`${server.url}/v1/events`).end();
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
  const end = once(response.resume(), 'end');
  await server.close(10_000);
  await end;
});

test('nonsense behind a request that waits is not answered as if it were that request: its own answer is the last', async () => {
  const { app, arrived, release } = heldApp();
  const server = await listen(app, ANY_PORT);
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  const ended = once(socket, 'end');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await arrived;
  socket.write('NONSENSE\r\n\r\n');
  // A second connection is answered after the nonsense has been read.
  await expect(once(request(`${server.url}/none`).end(), 'response')).resolves.toHaveLength(1);
  release();
  await ended;
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  expect(received).toContain('{"done":true}');
  await server.close(0);
});
