import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import { LiveClient } from './client';
import { frameOf } from './frame';
import { LiveMetrics } from './metrics';
import { rejected } from './testing';

/** A response that nobody reads until the test does. */
class UnreadResponse extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  writableEnded = false;

  get writableNeedDrain(): boolean {
    return this.writableLength > 100;
  }

  writeHead(): this {
    return this;
  }

  write(bytes: Buffer): boolean {
    this.writableLength += bytes.length;
    return !this.writableNeedDrain;
  }

  read(): void {
    this.writableLength = 0;
    this.emit('drain');
  }

  end(): void {
    this.writableEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function setUp(limits: { maxBuffered?: number; patience?: number } = {}) {
  const response = new UnreadResponse();
  const registry = new Registry();
  const all = { maxBuffered: 1_000, patience: 60_000, ...limits };
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const fake = response as unknown as ServerResponse;
  const client = new LiveClient({}, fake, all, new LiveMetrics(registry));
  const count = async (name: string) =>
    (await registry.getSingleMetric(`library_live_${name}_total`)!.get()).values[0]?.value;
  return { client, response, signal: gone.signal, count };
}

const FRAME = frameOf(
  { partition: 0, offset: 0, timestamp: 0, key: null, value: null, headers: {} },
  rejected('b', 'u', 'c'.repeat(200)),
);

test('a client that does not read is cut off when too much waits for it, and counted', async () => {
  const { client, response, count } = setUp({ maxBuffered: 1_000 });
  client.deliver(Buffer.alloc(900), 9);
  expect(response.destroyed).toBe(false);
  client.deliver(Buffer.alloc(200), 2);
  client.deliver(Buffer.alloc(200), 2);
  expect(response.destroyed).toBe(true);
  expect([await count('dropped'), await count('delivered')]).toEqual([1, 9]);
});

test('heartbeats count too: silence is no excuse for not reading', () => {
  const { client, response } = setUp({ maxBuffered: 20 });
  client.beat();
  expect(response.destroyed).toBe(false);
  client.beat();
  expect(response.destroyed).toBe(true);
});

test('what is past is sent at the pace at which it is read', async () => {
  const { client, response, signal } = setUp();
  let isSent = false;
  const sending = client.send(FRAME, signal).then(() => (isSent = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isSent).toBe(false);
  response.read();
  await sending;
  expect(response.destroyed).toBe(false);
});

test('a client that reads nothing of the past is cut off after a while', async () => {
  const { client, response, signal, count } = setUp({ patience: 5 });
  await client.send(FRAME, signal);
  expect([response.destroyed, await count('dropped')]).toEqual([true, 1]);
});

test('at the end a client that reads is told so, and one that does not is not waited for', () => {
  const [reading, stuck] = [setUp(), setUp()];
  reading.client.end();
  stuck.client.deliver(Buffer.alloc(500), 1);
  stuck.client.end();
  expect([reading.response.writableEnded, reading.response.destroyed]).toEqual([true, false]);
  expect(stuck.response.destroyed).toBe(true);
});
