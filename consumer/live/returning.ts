import type { Position } from '../../infra/event-log/log';
import type { LiveClient } from './client';
import { matches, type Filter, type Frame } from './frame';
import type { RecentOutcomes } from './recent-outcomes';
import type { Subscriber } from './subscribers';

export interface Resumption {
  readonly client: LiveClient;
  readonly position: Position;
  /** The partitions that the client follows, and where each stood when the request arrived. */
  readonly now: ReadonlyMap<number, number>;
  /** Subscribes the client to live outcomes. */
  attach(): void;
}

/** A client that was away, and where it stands until it is live. */
export class Returning implements Subscriber {
  /** The offset of the next outcome to be sent, by partition; undefined: not known yet. */
  positions: Map<number, number> | undefined;
  /** Whether the topic had to be read for it. */
  from: 'memory' | 'topic' = 'memory';
  /** Is told of each delivery that has to be flushed. */
  outgoing: Set<Returning> | undefined;
  private outbox: Buffer[] = [];
  private count = 0;

  /** @param signal the request's */
  constructor(
    readonly resumption: Resumption,
    readonly signal: AbortSignal,
  ) {}

  get client(): LiveClient {
    return this.resumption.client;
  }

  get filter(): Filter {
    return this.client.filter;
  }

  /** Whether all that is still to be sent comes behind these positions. */
  isReachedBy(scanned: ReadonlyMap<number, number>): boolean {
    for (const [partition, next] of this.positions!) if (next > (scanned.get(partition) ?? 0)) return false;
    return true;
  }

  /** Whether it has received more, from another instance, than this one has read. Going live then would repeat it. */
  isBeyond(recent: RecentOutcomes): boolean {
    return [...this.positions!].some(([partition, next]) => next > recent.next(partition));
  }

  /** How many records it has missed. */
  lag(recent: RecentOutcomes): number {
    return [...this.positions!].reduce(
      (sum, [partition, next]) => sum + Math.max(0, recent.next(partition) - next),
      0,
    );
  }

  /** Whether some of it lies before these positions: else there is nothing for it in what was scanned up to them. */
  isBefore(ends: ReadonlyMap<number, number>): boolean {
    for (const [partition, end] of ends) if ((this.positions!.get(partition) ?? Infinity) < end) return true;
    return false;
  }

  /** Where it stands in these partitions, as far as it matters before these positions: alike for members that lack the same there. */
  placeBefore(ends: ReadonlyMap<number, number>): string {
    let place = '';
    for (const [partition, end] of ends)
      place += ` ${Math.min(this.positions!.get(partition) ?? Infinity, end)}`;
    return place;
  }

  /** Those of the frames that are for it, and that it has not received. */
  missing(frames: readonly Frame[]): Frame[] {
    return frames.filter(
      (frame) =>
        frame.offset >= (this.positions!.get(frame.partition) ?? Infinity) && matches(frame, this.filter),
    );
  }

  /** Everything before these positions was sent, or is not for it. */
  moveTo(scanned: ReadonlyMap<number, number>): void {
    for (const [partition, next] of this.positions!)
      this.positions!.set(partition, Math.max(next, scanned.get(partition) ?? 0));
  }

  /** Keeps it for `flush`. */
  deliver(bytes: Buffer, count: number): void {
    if (count === 0) return;
    this.outgoing?.add(this);
    this.outbox.push(bytes);
    this.count += count;
  }

  /** Sends what was delivered. */
  flush(): void {
    const [first, ...others] = this.outbox;
    if (!first) return;
    this.client.deliver(others.length === 0 ? first : Buffer.concat(this.outbox), this.count);
    this.outbox = [];
    this.count = 0;
  }
}
