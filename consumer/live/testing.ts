import { request, type IncomingMessage } from 'node:http';
import { v5 as uuidv5 } from 'uuid';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { encoderWith } from '../../schemas/codec/codec';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { idsOf } from '../../schemas/registry/registry-double';

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
      const outgoing = request(url, { headers, agent: false }, resolve);
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
