import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ACCEPTED_AT_MOST } from './acceptors';
import type { Observe } from './metrics';
import { Problem, problems } from './problem';
import { sendProblem } from './respond';

/**
 * How many requests are begun in one turn of the event loop, some 2 ms of work; the others wait for the next turn. They are not
 * measured by time: a process that shares its processor with others would begin one in a turn, and have a queue without a rush.
 */
const SLICE = 16;
/**
 * The same while more connections wait to be accepted than can be in one turn (see `addAcceptors`): turns have to be short then. That
 * they wait shows in turns that accept as many as they can. Fewer are no sign of it: a process that is short of processor time has long
 * turns, and would begin less than it gets, and refuse without a rush.
 */
const ARRIVALS_SLICE = 4;
/**
 * Who has waited longer than this is not served any more, in milliseconds. The shorter limit is for when nobody has been served
 * without waiting for a while: then there is no end of a rush to wait for, and everybody would wait for the longer time. The rule
 * is Facebook's (Ben Maurer, "Fail at Scale", ACM Queue 13/8), after CoDel.
 */
const LONGEST_WAIT_MS = 1_000;
const STANDING_WAIT_MS = 150;
const STANDING_AFTER_MS = 500;
/**
 * When a refusal is sent, in milliseconds after the request. Who asks again at once, as many clients do whatever the answer says,
 * would take the time of those who can be served.
 */
const REFUSAL_MS = 1_200;
/** How many may be kept waiting. Beyond it refusals are sent at once. */
const MOST_WAITING = 20_000;
const RETRY_AFTER_S = 1;
/** These are always served: who watches over the process must not take it for dead. */
const VITAL = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Whether the request is never refused. A browser does not ask again for a stream that was refused (HTML, "server-sent events"), and
 * after a restart all followers come back at once.
 */
const isServedAlways = ({ url, method, headers }: IncomingMessage) =>
  VITAL.has(url!) || (method === 'GET' && headers.accept === 'text/event-stream');

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly since: number;
}

/**
 * Requests in front of an app that gets more of them than it can handle. They are begun in the order of their arrival, in slices,
 * so that answers, streams and new connections have their share of the event loop; those that would wait too long are refused with
 * 503 and Retry-After, before anything is done for them. Without a rush of requests it costs next to nothing.
 */
export class Overload {
  private readonly waiting = new Queue<Waiting>();
  private readonly refused = new Queue<Waiting>();
  private readonly refusal = Problem.unavailable(
    'There are more requests than this process can serve. Nothing was done for this one.',
    RETRY_AFTER_S,
    problems.overloaded,
  );
  /** How many more requests can be begun in this turn. */
  private left = 0;
  private isTurnDue = false;
  private refusing: NodeJS.Timeout | undefined;
  /** Connections accepted in this turn. */
  private arrivals = 0;
  /** When somebody was served without waiting for the last time. */
  private idleAt = 0;

  /** @param observe told of each refusal */
  constructor(
    private readonly app: RequestListener,
    private readonly observe?: Observe,
  ) {}

  readonly listener: RequestListener = (request, response) => {
    if (isServedAlways(request)) return this.app(request, response);
    if (!this.isTurnDue) this.beginSlice();
    const now = performance.now();
    if (this.waiting.length === 0) {
      this.idleAt = now;
      if (this.left > 0) {
        this.left -= 1;
        return this.app(request, response);
      }
    }
    const one = { request, response, since: now };
    if (this.waiting.length + this.refused.length >= MOST_WAITING) this.refuse(one);
    else this.waiting.push(one);
  };

  /** A connection has been accepted: others may wait for it. */
  readonly arrived = (): void => {
    this.arrivals += 1;
  };

  private beginSlice(): void {
    this.left = this.arrivals >= ACCEPTED_AT_MOST ? ARRIVALS_SLICE : SLICE;
    this.arrivals = 0;
    this.isTurnDue = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.isTurnDue = false;
    if (this.waiting.length === 0) return;
    this.beginSlice();
    const now = performance.now();
    const longest = now - this.idleAt > STANDING_AFTER_MS ? STANDING_WAIT_MS : LONGEST_WAIT_MS;
    for (; this.waiting.length > 0 && this.left > 0;) {
      const next = this.waiting.shift();
      if (now - next.since > longest) this.refuseLater(next);
      else if (!next.response.destroyed) {
        this.left -= 1;
        this.app(next.request, next.response);
      }
    }
  };

  private refuseLater(one: Waiting): void {
    this.refused.push(one);
    this.refusing ??= setTimeout(this.refuseDue, one.since + REFUSAL_MS - performance.now());
  }

  private readonly refuseDue = (): void => {
    const now = performance.now();
    for (let left = SLICE; this.refused.length > 0 && left > 0; left -= 1) {
      if (now - this.refused.first.since < REFUSAL_MS) break;
      this.refuse(this.refused.shift());
    }
    const pause = this.refused.length === 0 ? undefined : this.refused.first.since + REFUSAL_MS - now;
    this.refusing = pause === undefined ? undefined : setTimeout(this.refuseDue, Math.max(pause, 1));
  };

  private refuse({ response, since }: Waiting): void {
    if (response.destroyed) return;
    sendProblem(response, this.refusal);
    this.observe?.(this.refusal.kind.status, (performance.now() - since) / 1_000);
  }
}

/** First in, first out, each in constant time. */
class Queue<T> {
  private items: (T | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  get first(): T {
    return this.items[this.head]!;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T {
    const item = this.items[this.head]!;
    this.items[this.head++] = undefined;
    if (this.head > 1_000 && this.head > this.items.length / 2) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
