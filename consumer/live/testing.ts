/// <reference types="jest" />
import { request, type IncomingMessage } from 'node:http';
import { Registry } from 'prom-client';
import { v5 as uuidv5 } from 'uuid';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { createHttpApp } from '../../infra/http/app';
import type { Identify } from '../../infra/http/auth';
import { serve, silent, type TestServer } from '../../infra/http/testing';
import { createDecoder, encoderWith } from '../../schemas/codec/codec';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { idsOf, registryOf } from '../../schemas/registry/registry-double';
import { LateLive } from './late-live';
import type { LiveSettings } from './live-outcomes';
import { LiveMetrics } from './metrics';
import { liveRoutes } from './routes';

export const TOPIC = 'outcomes';
const NAMESPACE = '8f6f0f0e-6a51-4c1c-9d0b-2f6f1c1f0a11';

/** For tests: a refusal of a reservation of this user, identified by its code. */
export function rejected(bookId: string, userId: string, code: string): Outcome {
  const eventId = uuidv5(`${bookId} ${userId} ${code}`, NAMESPACE);
  const occurredAt = Date.UTC(2026, 0, 1);
  return { type: 'ReservationRejected', eventId, occurredAt, bookId, reservationId: eventId, userId, code };
}

const encoder = encoderWith(OUTCOMES, idsOf(OUTCOMES));

/** For tests: the outcome as a record, with the schema IDs of `registryOf(OUTCOMES)`. */
export const recordOf = (outcome: Outcome): OutgoingRecord =>
  encodeRecord(outcome, encoder, { source: '/test' });

/** One block of a stream. */
export interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** For tests: a client that parses a stream as browsers do. */
export class EventReader {
  readonly events: Block[] = [];
  readonly comments: string[] = [];
  private rest = '';
  private readonly waiting = new Set<() => void>();
  private ended = false;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.take(text));
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
      this.waiting.forEach((wake) => wake());
    });
  }

  /** Resolves when the stream's greeting has arrived. @throws {Error} with the response if it is no stream */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(
        url,
        { headers: { accept: 'text/event-stream', ...headers }, agent: false },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
    const reader = new EventReader(response);
    await reader.until(() => reader.comments.length > 0);
    return reader;
  }

  /** Resolves when the condition holds. @throws {Error} when the stream ends before */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.ended) throw new Error(`the stream ended; it had ${this.events.length} events: ${this.rest}`);
      await this.change();
    }
  }

  /** The codes of the outcomes, once there are so many. */
  async codes(count: number): Promise<unknown[]> {
    await this.until(() => this.events.length >= count);
    return this.events.map(({ data }) => data?.['code']);
  }

  async untilClosed(): Promise<void> {
    while (!this.ended) await this.change();
  }

  get lastEventId(): string {
    return this.events.at(-1)?.id ?? '';
  }

  close(): void {
    this.response.destroy();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
    });
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) this.parse(block);
    for (const wake of this.waiting) wake();
  }

  private parse(block: string): void {
    const lines = block.split('\n');
    this.comments.push(...lines.filter((line) => line.startsWith(':')));
    const valueOf = (name: string) =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const [id, event, data] = [valueOf('id'), valueOf('event'), valueOf('data')];
    if (id === undefined || event === undefined || data === undefined) return;
    this.events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
  }
}

/** For tests: the live events behind a server. */
export interface Running {
  readonly server: TestServer;
  readonly registry: Registry;
  open(query?: string, lastEventId?: string): Promise<EventReader>;
  close(): Promise<void>;
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** For tests: serves the live events of the log's topic until the test is over. */
export async function start(
  log: MemoryLog,
  settings: Partial<LiveSettings> = {},
  identify?: Identify,
): Promise<Running> {
  const registry = new Registry();
  const metrics = new LiveMetrics(registry);
  const decoder = createDecoder({ registry: registryOf(OUTCOMES), schemas: OUTCOMES });
  const all = { margin: 0, pause: 1, ...settings };
  const options = { log, topic: TOPIC, decoder, logger: silent, metrics, settings: all };
  const live = await LateLive.start(options, 1);
  const closing = new AbortController();
  const info = { title: 'Test', version: '1' };
  const routes = liveRoutes({ live: () => live.current(), metrics });
  const app = createHttpApp({ routes, info, logger: silent, shutdown: closing.signal, identify });
  const server = await serve(app, closing);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= server.close(5_000).then(() => live.close()));
  cleanUps.push(close);
  const open = (query = '', lastEventId?: string) =>
    EventReader.open(`${server.url}/v1/events${query}`, lastEventId ? { 'last-event-id': lastEventId } : {});
  return { server, registry, open, close };
}

/** For tests: a log with an empty topic. */
export function newLog(partitions = 12): MemoryLog {
  const log = new MemoryLog();
  log.createTopic(TOPIC, partitions);
  return log;
}

/** For tests: appends the outcomes. */
export const append = (log: MemoryLog, ...outcomes: Outcome[]) =>
  log.createAppender().append(TOPIC, outcomes.map(recordOf));

/** For tests: outcomes of a book, one for each code. */
export const outcomes = (bookId: string, ...codes: string[]) =>
  codes.map((code) => rejected(bookId, 'ann', code));

/** For tests: outcomes of so many books, spread over the partitions. */
export const many = (count: number, code: string) =>
  Array.from({ length: count }, (_, i) => rejected(`book-${i}`, 'ann', `${code}-${i}`));
