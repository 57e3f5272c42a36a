import { setTimeout as delay } from 'node:timers/promises';
import {
  assertWithin,
  FencedError,
  StreamMismatchError,
  type BatchContext,
  type SubscribeOptions,
  type Subscription,
} from './log';
import type { MemoryTopic } from './memory-topic';

/** How long to wait before a batch that failed is delivered again. */
const PAUSE_MS = 10;

/** The time between two rebalances, with one assignment of partitions. */
interface Term {
  over: boolean;
}

/**
 * A consumer group of one topic. When a member joins or leaves, all finish their batches, and the partitions are
 * reassigned.
 */
export class MemoryGroup {
  private readonly members = new Set<Member>();
  private rebalancing: Promise<void> = Promise.resolve();

  constructor(private readonly topic: MemoryTopic) {}

  async join(options: SubscribeOptions): Promise<Subscription> {
    const member = new Member(this.topic, options);
    this.members.add(member);
    await this.rebalance();
    return {
      reread: (partition) => member.reread(partition),
      close: async () => {
        member.stop();
        this.members.delete(member);
        await member.pause();
        await this.rebalance();
      },
    };
  }

  private rebalance(): Promise<void> {
    this.rebalancing = this.rebalancing.then(async () => {
      const members = [...this.members];
      await Promise.all(members.map((member) => member.pause()));
      members.forEach((member, i) =>
        member.begin(
          [...this.topic.partitions.keys()].filter((partition) => partition % members.length === i),
        ),
      );
    });
    return this.rebalancing;
  }
}

class Member {
  private readonly stopping = new AbortController();
  private term: Term = { over: false };
  private working: Promise<unknown> = Promise.resolve();
  /** The stored positions, as far as they are known in this term. */
  private positions = new Map<number, number>();

  constructor(
    private readonly topic: MemoryTopic,
    private readonly options: SubscribeOptions,
  ) {}

  stop(): void {
    this.stopping.abort();
  }

  reread(partition: number): Promise<void> {
    this.positions.delete(partition);
    this.topic.changed();
    return Promise.resolve();
  }

  /** Resolves when the batches under way are done. No more are fetched. */
  async pause(): Promise<void> {
    this.term.over = true;
    this.topic.changed();
    await this.working;
  }

  begin(partitions: readonly number[]): void {
    if (this.stopping.signal.aborted) return;
    const { onAssigned, concurrency } = this.options;
    onAssigned(partitions);
    const term = { over: false };
    this.term = term;
    this.positions = new Map();
    const lanes = Array.from({ length: Math.min(concurrency, partitions.length) }, (_, lane) =>
      partitions.filter((_partition, i) => i % concurrency === lane),
    );
    this.working = Promise.all(lanes.map((lane) => this.work(lane, term)));
  }

  /** Handles the batches of some partitions in turn. The lanes run in parallel. */
  private async work(partitions: readonly number[], term: Term): Promise<void> {
    while (!term.over && !this.stopping.signal.aborted) {
      const change = this.topic.change();
      let idle = true;
      for (const partition of partitions) {
        if (!term.over && (await this.step(partition, term))) idle = false;
      }
      if (idle) await change;
    }
  }

  /** @returns whether there may be more to do at once */
  private async step(partition: number, term: Term): Promise<boolean> {
    const { positions } = this;
    const { signal } = this.stopping;
    const heartbeat = () =>
      term.over && !signal.aborted ? Promise.reject(new Error('the group has changed')) : Promise.resolve();
    const context: BatchContext = { heartbeat, signal };
    try {
      const position = positions.get(partition) ?? (await this.stored(partition, context));
      positions.set(partition, position);
      const batch = this.topic.batchFrom(partition, position);
      if (!batch || signal.aborted) return false;
      await this.options.handle(batch, context);
      positions.set(partition, batch.nextOffset);
    } catch (error) {
      positions.delete(partition);
      if (error instanceof StreamMismatchError) this.fail(error);
      else if (!(error instanceof FencedError))
        await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
    return true;
  }

  private async stored(partition: number, context: BatchContext): Promise<number> {
    const position = await this.options.positionOf(partition, context);
    assertWithin(this.options.topic, position, this.topic.bounds()[partition]!);
    return position;
  }

  private fail(error: Error): void {
    if (this.stopping.signal.aborted) return;
    this.stop();
    this.options.onFatal(error);
  }
}
