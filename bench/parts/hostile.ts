import { once } from 'node:events';
import { connect } from 'node:net';
import { Child } from '../child';
import type { Measure, PartResult } from '../result';
import type { Settings } from '../settings';
import { openBenchEnvironment, type Servers } from '../servers';
import { spreadOf } from '../statistics';
import { stockLibrary } from './writes';

/** As long as a request line or a header is let in, with some room for the rest of the head. */
const LONG = 15_000;
const BODY = 16_000;
/** What one of them may cost, in microseconds of the API's processor time. */
const LIMIT_US = 5_000;

interface Sent {
  readonly line?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const POST = 'POST /v1/books/1/reservations';
const JSON_TYPE = { 'content-type': 'application/json' };
const filled = (unit: string, length: number) =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
const fields = Array.from({ length: 1_400 }, (_, i) => `"field${i}":1`).join(',');

/** One request on a connection of its own, each; the first two are what readers send. */
const REQUESTS: Readonly<Record<string, Sent>> = {
  'a read of a book': {},
  'a reservation that is refused for its body': { line: POST, headers: JSON_TYPE, body: '{"user":1}' },
  'a query of 7,500 parameters': { line: `GET /v1/books?${filled('a&', LONG)}` },
  'a query of 15 kB of escapes': { line: `GET /v1/books?search=${filled('%41', LONG)}` },
  'an Accept of 15 kB': { headers: { accept: filled('a/b;q=0.1,', LONG) } },
  'a content type of 15 kB of blanks': {
    line: POST,
    headers: { 'content-type': `application/json${filled(' ', LONG)}x` },
    body: '{}',
  },
  'a Prefer of 15 kB of blanks': {
    line: POST,
    headers: { ...JSON_TYPE, prefer: `wait${filled(' ', LONG)}x` },
    body: '{}',
  },
  'a token of 15 kB': { headers: { authorization: `Bearer ${filled('a', LONG)}` } },
  '1,000 headers': { headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x-${i}`, 'a'])) },
  'a body of 1,400 unknown fields': { line: POST, headers: JSON_TYPE, body: `{${fields}}` },
  'a body of 16 kB of brackets': { line: POST, headers: JSON_TYPE, body: filled('[', BODY) },
  'a body of 16 kB for a name': {
    line: POST,
    headers: JSON_TYPE,
    body: JSON.stringify({ userId: filled('a', BODY) }),
  },
  'a write from the page of another site': {
    line: POST,
    headers: { ...JSON_TYPE, origin: 'https://elsewhere.example' },
    body: '{"userId":"a"}',
  },
  'two lengths that differ': { line: POST, headers: { ...JSON_TYPE, 'Content-Length': '1' }, body: '{}' },
  'bytes that are no request': { line: filled('\u0001', LONG) },
};

/** What requests cost the API that a stranger may send: processor time, answer and connection included. */
export async function measureHostile(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  let api: Child | undefined;
  try {
    await stockLibrary(environment, settings.books);
    api = await Child.startRole('api', environment.env);
    const measures: Measure[] = [];
    for (const [name, sent] of Object.entries(REQUESTS)) {
      const values: number[] = [];
      for (let round = 0; round < settings.rounds; round += 1)
        values.push(await costOf(api, sent, 200 * settings.seconds));
      measures.push({ name, unit: 'µs', values });
    }
    const dearest = Math.max(...measures.map(({ values }) => spreadOf(values).median));
    measures.push({
      name: 'the dearest of them',
      unit: 'µs',
      values: [dearest],
      limit: { atMost: LIMIT_US },
    });
    return {
      title: 'Processor time of the API for requests that a stranger may send',
      measures,
      notes: [
        'Each comes on a connection of its own, one after the other; accepting and closing it is part of the figure.',
      ],
    };
  } finally {
    await api?.stop();
    await environment.close();
  }
}

async function costOf(api: Child, sent: Sent, count: number): Promise<number> {
  const bytes = Buffer.from(textOf(sent, new URL(api.url)));
  for (let i = 0; i < 50; i += 1) await send(api, bytes);
  const before = api.processorTime();
  for (let i = 0; i < count; i += 1) await send(api, bytes);
  return (api.processorTime() - before) / count;
}

function textOf({ line = 'GET /v1/books/1', headers = {}, body = '' }: Sent, { host }: URL): string {
  const length = body ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  const all = { host, connection: 'close', ...length, ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${head.join('')}\r\n${body}`;
}

/** Resolves when the API has answered and closed the connection. */
async function send({ url }: Child, bytes: Buffer): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString('latin1'))).on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  if (!answer.startsWith('HTTP/1.1 ')) throw new Error(`no answer to ${bytes.toString('latin1', 0, 60)}`);
}
