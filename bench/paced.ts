import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { parsePosition } from '../infra/event-log/log';
import { quantile } from './statistics';

/** The task of the paced generator. */
export interface PacedLoad {
  readonly url: string;
  /** Requests per second, sent on time whether or not earlier ones are answered. */
  readonly rate: number;
  readonly seconds: number;
  readonly books: number;
  readonly tag: string;
  readonly databaseUrl: string;
  readonly topic: string;
}

export interface PacedResult {
  /** The time from the 202 until a query finds the event in the view, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The p99 of the time from request to 202, in milliseconds. */
  readonly answered: number;
  /** Accepted requests per second. */
  readonly rate: number;
  readonly failed: number;
}

interface Accepted {
  readonly at: number;
  readonly offset: number;
}

const POLL_MS = 2;
const TICK_MS = 4;
const SETTLE_MS = 5_000;

const answered: number[] = [];
const visible: number[] = [];
/** Accepted events that are not visible in the view yet, by partition. */
const hidden = new Map<number, Accepted[]>();
let failed = 0;
/** The number of requests in flight. */
let open = 0;

function reserve(agent: Agent, { url, books, tag }: PacedLoad, i: number): void {
  const body = JSON.stringify({ userId: `${tag}-${i}` });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sent = performance.now();
  open += 1;
  const outgoing = request(`${url}/v1/books/${1 + (i % books)}/reservations`, {
    method: 'POST',
    headers,
    agent,
  });
  outgoing.on('error', () => {
    failed += 1;
    open -= 1;
  });
  outgoing.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('end', () => {
      open -= 1;
      if (response.statusCode === 202) accepted(text, sent);
      else failed += 1;
    });
  });
  outgoing.end(body);
}

function accepted(text: string, sent: number): void {
  const at = performance.now();
  answered.push(at - sent);
  const position = parsePosition((JSON.parse(text) as { position: string }).position);
  if (!position) throw new Error(`an answer without a position: ${text}`);
  const waiting = hidden.get(position.partition) ?? [];
  hidden.set(position.partition, waiting);
  waiting.push({ at, offset: position.offset });
}

/** Polls the checkpoints of the view, and records when accepted events become visible, until `over`. */
async function watch(database: pg.Client, topic: string, over: () => boolean): Promise<void> {
  const query = {
    name: 'progress',
    text: `SELECT partition, next_offset FROM library.progress WHERE consumer = 'availability' AND topic = $1`,
    values: [topic],
  };
  while (!over()) {
    const { rows } = await database.query<{ partition: number; next_offset: string }>(query);
    const now = performance.now();
    for (const { partition, next_offset } of rows) {
      const waiting = hidden.get(partition);
      if (!waiting) continue;
      const still = waiting.filter(({ offset }) => offset >= Number(next_offset));
      for (const { at, offset } of waiting) if (offset < Number(next_offset)) visible.push(now - at);
      hidden.set(partition, still);
    }
    await delay(POLL_MS);
  }
}

async function run(load: PacedLoad): Promise<PacedResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const database = new pg.Client({ connectionString: load.databaseUrl });
  await database.connect();
  const begun = performance.now();
  const end = begun + 1_000 * load.seconds;
  const settled = () => open === 0 && [...hidden.values()].every((waiting) => waiting.length === 0);
  const over = () => performance.now() > end + SETTLE_MS || (performance.now() > end && settled());
  const watching = watch(database, load.topic, over);
  let sent = 0;
  while (performance.now() < end) {
    const due = Math.floor(((performance.now() - begun) * load.rate) / 1_000);
    for (; sent < due; sent++) reserve(agent, load, sent);
    await delay(TICK_MS);
  }
  await watching;
  await database.end();
  agent.destroy();
  for (const waiting of hidden.values()) failed += waiting.length;
  return {
    p50: quantile(visible, 0.5),
    p99: quantile(visible, 0.99),
    answered: quantile(answered, 0.99),
    rate: answered.length / load.seconds,
    failed,
  };
}

process.once('message', (load: PacedLoad) => {
  void run(load).then((result) => {
    process.send?.(result);
    process.disconnect();
  });
});
