import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import { LiveClient } from './client';
import { frameOf } from './frame';
import { LiveMetrics } from './metrics';
import { rejected } from './testing';

/** A response that is read only by the test. */
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

test('a client that does not read is disconnected when too much is buffered for it, and counted', async () => {
  const { client, response, count } = setUp({ maxBuffered: 1_000 });
  client.deliver(Buffer.alloc(900), 9);
  expect(response.destroyed).toBe(false);
  client.deliver(Buffer.alloc(200), 2);
  client.deliver(Buffer.alloc(200), 2);
  expect(response.destroyed).toBe(true);
  expect([await count('dropped'), await count('delivered')]).toEqual([1, 9]);
});

test('heartbeats count too', () => {
  const { client, response } = setUp({ maxBuffered: 20 });
  client.beat();
  expect(response.destroyed).toBe(false);
  client.beat();
  expect(response.destroyed).toBe(true);
});

test('past outcomes are sent at the pace at which the client reads', async () => {
  const { client, response, signal } = setUp();
  client.deliver(FRAME.bytes, 1);
  let isRead = false;
  const reading = client.drained(signal).then(() => (isRead = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect([client.isBehind, isRead]).toEqual([true, false]);
  response.read();
  await reading;
  expect([client.isBehind, response.destroyed]).toEqual([false, false]);
});

test('a client that reads no past outcomes is disconnected after a while', async () => {
  const { client, response, signal, count } = setUp({ patience: 5 });
  client.deliver(FRAME.bytes, 1);
  await client.drained(signal);
  expect([response.destroyed, await count('dropped')]).toEqual([true, 1]);
});

test('the stream of a client that reads is ended properly, that of another is destroyed', () => {
  const [reading, stuck] = [setUp(), setUp()];
  reading.client.end();
  stuck.client.deliver(Buffer.alloc(500), 1);
  stuck.client.end();
  expect([reading.response.writableEnded, reading.response.destroyed]).toEqual([true, false]);
  expect(stuck.response.destroyed).toBe(true);
});
