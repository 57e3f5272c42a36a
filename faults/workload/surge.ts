import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from '../history';
import { Random } from '../random';
import { Client } from './client';
import { LibraryDay } from './library';
import { clockOrigin, shifted } from './shared-clock';

/** What a process of its own is to send: so that making the load slows down nobody's clock. */
export interface Surge {
  readonly urls: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  /** Requests a second; null: as many as the connections allow. */
  readonly rate: number | null;
  /** How many requests may be under way; each has a connection. */
  readonly connections: number;
}

export interface SurgeResult {
  /** Writes that were tried once, whatever the answer. Times are of the clock that all processes share. */
  readonly operations: readonly Operation[];
}

const TICK_MS = 5;
const KEYED = 0.4;

async function fire({ urls, seed, seconds, rate, connections }: Surge): Promise<SurgeResult> {
  const random = new Random(seed);
  const day = await LibraryDay.open(random);
  const client = new Client(urls, random);
  const operations: Operation[] = [];
  const underWay = new Set<Promise<void>>();
  const begin = () => {
    const write = client.write(day.request(), random.chance(KEYED), { once: true }).then((operation) => {
      operations.push(operation);
      day.note(operation);
      underWay.delete(write);
    });
    underWay.add(write);
  };
  const end = performance.now() + 1_000 * seconds;
  let last = performance.now();
  for (let due = 0; performance.now() < end; await delay(TICK_MS)) {
    const now = performance.now();
    due = rate === null ? connections : Math.min(due + ((now - last) * rate) / 1_000, rate);
    last = now;
    for (; due >= 1 && underWay.size < connections; due -= 1) begin();
  }
  await Promise.all(underWay);
  const origin = clockOrigin();
  return { operations: operations.map((operation) => shifted(operation, origin)) };
}

process.once('message', (surge: Surge) => {
  void fire(surge).then((result) => process.send?.(result, () => process.disconnect()));
});
