import { setTimeout as delay } from 'node:timers/promises';
import type { Operation, Read } from '../history';
import { conclusionOf } from '../history';
import type { Random } from '../random';
import { Client } from './client';
import { LibraryDay } from './library';

/** How many requests may be under way. Beyond it none are started: the clients are then all waiting. */
const MOST_UNDER_WAY = 3_000;
const TICK_MS = 10;
/** How many of the writes carry an idempotency key, and of the acknowledged reservations how many are read with `after`. */
const KEYED = 0.4;
const READ_AFTER = 0.3;
/** The catalogue is written by so many clients. */
const PREPARING = 16;

/** Continuous requests at a steady rate, whatever the answers: readers do not wait for each other. */
export class Workload {
  readonly operations: Operation[] = [];
  readonly reads: Read[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private running: Promise<void> | undefined;
  private stopped = false;

  private constructor(
    private readonly day: LibraryDay,
    private readonly client: Client,
    private readonly random: Random,
    private readonly rate: number,
  ) {}

  /** @param rate requests a second */
  static async open(urls: readonly string[], random: Random, rate: number): Promise<Workload> {
    return new Workload(await LibraryDay.open(random), new Client(urls, random), random, rate);
  }

  /** Writes the catalogue and the stock. @throws {Error} when one of them is not accepted */
  async prepare(): Promise<void> {
    const books = new Map<string, (() => Promise<void>)[]>();
    for (const request of this.day.prepare()) {
      const write = async () => void this.operations.push(await this.client.write(request, true));
      books.set(request.wanted.bookId, [...(books.get(request.wanted.bookId) ?? []), write]);
    }
    const queues = [...books.values()];
    const worker = async () => {
      for (let writes = queues.pop(); writes; writes = queues.pop())
        for (const write of writes) await write();
    };
    await Promise.all(Array.from({ length: PREPARING }, worker));
    const refused = this.operations.filter((operation) => conclusionOf(operation) !== 'ok');
    if (refused.length > 0)
      throw new Error(`${refused.length} requests of the preparation were not accepted`);
  }

  start(): void {
    this.running = this.run();
  }

  /** Takes writes into the record that other clients have sent. */
  add(operations: readonly Operation[]): void {
    for (const operation of operations) this.operations.push(operation);
  }

  /** Starts no more requests, and resolves when all under way have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await Promise.all(this.underWay);
  }

  private async run(): Promise<void> {
    let due = 0;
    let last = performance.now();
    while (!this.stopped) {
      const now = performance.now();
      due = Math.min(due + ((now - last) * this.rate) / 1_000, this.rate);
      last = now;
      for (; due >= 1; due -= 1) if (this.underWay.size < MOST_UNDER_WAY) this.begin();
      await delay(TICK_MS);
    }
  }

  private begin(): void {
    const request = this.one().finally(() => this.underWay.delete(request));
    this.underWay.add(request);
  }

  private async one(): Promise<void> {
    const known = this.random.chance(0.1) ? this.day.known() : undefined;
    if (known) return this.read(known.bookId, known.reservationId, null);
    const operation = await this.client.write(this.day.request(), this.random.chance(KEYED));
    this.operations.push(operation);
    this.day.note(operation);
    const result = operation.attempts.at(-1)!.result;
    if (operation.wanted.type !== 'BookReserved' || result.kind !== 'ok') return;
    if (!this.random.chance(READ_AFTER)) return;
    await this.read(operation.wanted.bookId, result.reservationId!, result.position);
  }

  private async read(bookId: string, reservationId: string, after: Read['after']): Promise<void> {
    const read = await this.client.read(bookId, reservationId, after);
    if (read) this.reads.push(read);
  }
}
