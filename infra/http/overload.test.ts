import { Agent, IncomingMessage, request, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RequestListener } from 'node:http';
import { Overload } from './overload';
import { listen, type RunningServer } from './server';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

let server: RunningServer;
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await server.close(0);
});

/** A server whose every request takes so many milliseconds of the event loop; it keeps the paths in the order of handling. */
async function serving(ms: number, refusals: number[] = []) {
  const handled: string[] = [];
  const app: RequestListener = ({ url }, response) => {
    if (url !== '/livez') busy(ms);
    handled.push(url!);
    response.end('done');
  };
  server = await listen(app, { ...ANY_PORT, onRefusal: (status) => refusals.push(status) });
  return handled;
}

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

function ask(path: string, agent: Agent, headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server.url}${path}`, { agent, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () =>
        resolve({ path, status: response.statusCode!, retryAfter: response.headers['retry-after'], body }),
      );
    });
    outgoing.on('error', reject).end();
  });
}

function agentOf(maxSockets: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets });
  agents.push(agent);
  return agent;
}

test('a burst is served whole, in the order of its arrival', async () => {
  const refusals: number[] = [];
  const handled = await serving(2, refusals);
  const paths = Array.from({ length: 60 }, (_, i) => `/${i}`);
  const agent = agentOf(60);
  const answers = await Promise.all(paths.map((path) => ask(path, agent)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(handled).toHaveLength(60);
  expect(refusals).toEqual([]);
});

test('nobody is refused while turns are long and requests slow, as long as all can be served', async () => {
  const refusals: number[] = [];
  await serving(8, refusals);
  const agent = agentOf(100);
  const answers: Promise<Answer>[] = [];
  const end = performance.now() + 2_000;
  for (let i = 0; performance.now() < end; i += 1) {
    for (let each = 0; each < 3; each += 1) answers.push(ask(`/${i}-${each}`, agent));
    busy(20);
    await nextTurn();
    await Promise.all(answers.slice(0, -12));
  }
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
  expect(refusals).toEqual([]);
});

test('nobody is refused while turns are long and connections come in each, but less than can be accepted', async () => {
  const refusals: number[] = [];
  let begun = 0;
  const overload = new Overload(
    () => (begun += 1),
    (status) => refusals.push(status),
  );
  for (let turn = 0; turn < 40; turn += 1) {
    for (let each = 0; each < 14; each += 1) {
      overload.arrived();
      overload.listener(...exchange());
    }
    busy(60);
    await nextTurn();
  }
  expect(begun).toBe(560);
  expect(refusals).toEqual([]);
});

/** A request and its response that nobody waits for. */
function exchange(): [IncomingMessage, ServerResponse] {
  const incoming = new IncomingMessage(new Socket());
  return [Object.assign(incoming, { url: '/' }), new ServerResponse(incoming)];
}

test('requests on one connection are begun in their order', async () => {
  const handled = await serving(3);
  const agent = agentOf(1);
  await Promise.all(['/a', '/b', '/c', '/d'].map((path) => ask(path, agent)));
  expect(handled).toEqual(['/a', '/b', '/c', '/d']);
});

test('beyond what it can handle, each is either served or refused with 503, and nothing is begun of the refused', async () => {
  const refusals: number[] = [];
  const handled = await serving(5, refusals);
  const agent = agentOf(400);
  const clients = Array.from({ length: 400 }, async (_, client) => {
    const answers: Answer[] = [];
    for (let i = 0; i < 3; i += 1) answers.push(await ask(`/${client}-${i}`, agent));
    return answers;
  });
  const alive = ask('/livez', agentOf(1));
  const streams = Array.from({ length: 50 }, (_, i) =>
    ask(`/stream-${i}`, agentOf(1), { accept: 'text/event-stream' }),
  );
  const answers = (await Promise.all(clients)).flat();
  const refused = answers.filter(({ status }) => status === 503);
  expect(
    answers
      .filter(({ status }) => status === 200)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(handled.filter((path) => path !== '/livez' && !path.startsWith('/stream')).sort());
  for (const { status } of await Promise.all(streams)) expect(status).toBe(200);
  expect(handled.length + refused.length).toBe(1_251);
  expect(refused.length).toBeGreaterThan(100);
  expect(refusals).toHaveLength(refused.length);
  for (const { retryAfter, body } of refused) {
    expect(retryAfter).toBe('1');
    expect(JSON.parse(body)).toMatchObject({ status: 503, code: 'overloaded' });
  }
  expect((await alive).status).toBe(200);
  expect((await ask('/after', agent)).status).toBe(200);
}, 30_000);

test('a client that is gone before its turn is not served', async () => {
  const handled = await serving(30);
  const agent = agentOf(20);
  const first = Array.from({ length: 10 }, (_, i) => ask(`/${i}`, agent));
  const gone = request(`${server.url}/gone`, { agent: agentOf(1) });
  const over = new Promise((resolve) => gone.once('error', resolve));
  gone.end();
  await first[0];
  gone.destroy();
  await Promise.all([over, ...first]);
  await ask('/last', agent);
  expect(handled.filter((path) => path === '/gone').length).toBeLessThanOrEqual(1);
});

test('it accepts several connections in a turn of the event loop', async () => {
  await serving(0);
  await severalAccepted();
}, 60_000);

/** The copies of the server's handle come from another process: one more connection is soon accepted among several of a turn. */
async function severalAccepted(): Promise<void> {
  const CLIENTS = 300;
  for (;;) {
    let turns = 0;
    let isOver = false;
    const asked = Array.from({ length: CLIENTS }, (_, i) => ask(`/${i}`, agentOf(1)));
    const all = Promise.all(asked).finally(() => (isOver = true));
    for (; !isOver; turns += 1) {
      busy(3);
      await nextTurn();
    }
    await all;
    if (turns < CLIENTS / 6) return;
  }
}
