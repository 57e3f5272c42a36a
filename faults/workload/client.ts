import { setTimeout as delay } from 'node:timers/promises';
import { formatPosition, parsePosition, type Position } from '../../infra/event-log/log';
import type { Attempt, Operation, Read, Result, Wanted } from '../history';
import type { Random } from '../random';
import { send, type Outgoing } from './send';

/** How long a client waits for an answer. Longer than the API may take, so that an answer is only missing when it is lost. */
const PATIENCE_MS = 12_000;
/** How long a client goes on trying. */
const GIVE_UP_AFTER_MS = 20_000;
const RETRY_PAUSE_MS = 250;

export interface WriteRequest {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly wanted: Wanted;
}

/** A client that does what the manual says: it sends again what was surely not recorded, and with its key what may have been. */
export class Client {
  /** @param urls of the instances of the API; a client goes to the next one when it cannot connect, as a load balancer does */
  constructor(
    private readonly urls: readonly string[],
    private readonly random: Random,
  ) {}

  /**
   * Sends a write until its outcome is known, where that is safe. Never throws.
   * @param options.once whatever the answer, it is not sent again
   */
  async write(
    { method, path, body, wanted }: WriteRequest,
    keyed: boolean,
    { once = false } = {},
  ): Promise<Operation> {
    const trace = this.random.hex(32);
    const headers: Record<string, string> = { traceparent: `00-${trace}-${this.random.hex(16)}-01` };
    if (keyed) headers['idempotency-key'] = trace;
    if (body) headers['content-type'] = 'application/json';
    const attempts: Attempt[] = [];
    const giveUp = performance.now() + GIVE_UP_AFTER_MS;
    for (let at = this.random.below(this.urls.length); ; at += 1) {
      const url = this.urls[at % this.urls.length]!;
      const attempt = await this.attempt(url + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      attempts.push(attempt);
      const { kind } = attempt.result;
      const again = kind === 'failed' || (kind === 'unknown' && keyed);
      if (once || !again || isRefusal(attempt.result) || performance.now() > giveUp) break;
      await delay(RETRY_PAUSE_MS);
    }
    return { trace, wanted, keyed, attempts };
  }

  /** Reads a reservation; undefined when it is not answered, or with 503. */
  async read(bookId: string, reservationId: string, after: Position | null): Promise<Read | undefined> {
    const query = after ? `?after=${formatPosition(after)}` : '';
    const url = `${this.random.pick(this.urls)}/v1/books/${bookId}/reservations/${reservationId}${query}`;
    const startedAt = performance.now();
    try {
      const { status, body } = await send(url, { method: 'GET' }, PATIENCE_MS);
      if (status !== 200 && status !== 404) return undefined;
      const sees = status === 200 ? parsePosition(body['position'] ?? '')! : null;
      return { bookId, reservationId, startedAt, endedAt: performance.now(), after, sees };
    } catch {
      return undefined;
    }
  }

  private async attempt(url: string, init: Outgoing): Promise<Attempt> {
    const startedAt = performance.now();
    const result = await resultOf(url, init);
    return { startedAt, endedAt: performance.now(), result };
  }
}

/** Refused for what it is: another attempt would be too. */
function isRefusal(result: Result): boolean {
  return result.kind === 'failed' && /^4/.test(result.reason);
}

async function resultOf(url: string, init: Outgoing): Promise<Result> {
  try {
    const { status, retryAfter, body } = await send(url, init, PATIENCE_MS);
    if (status === 202) {
      const { eventId, position, reservationId } = body;
      return {
        kind: 'ok',
        eventId: eventId!,
        position: parsePosition(position!)!,
        reservationId: reservationId ?? null,
      };
    }
    const when = status === 503 && retryAfter === undefined ? ', no Retry-After' : '';
    const reason = `${status} ${body['code'] ?? ''}`.trim() + when;
    return { kind: status === 503 || status < 500 ? 'failed' : 'unknown', reason };
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    const reason = code ?? name;
    return { kind: reason === 'ECONNREFUSED' ? 'failed' : 'unknown', reason };
  }
}
