import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../infra/event-log/log';
import { bytesOf, inParts, PART_BYTES, type Frame, type FrameReader } from './frame';
import type { LoopShare } from './loop-share';
import { mergeStreams } from './merge';
import type { RecentOutcomes } from './recent-outcomes';
import type { Returning } from './returning';
import { Subscribers } from './subscribers';

export interface PassOptions {
  readonly log: Log;
  readonly topic: string;
  readonly recent: RecentOutcomes;
  readonly reader: FrameReader;
  readonly share: LoopShare;
}

/** How long a pass waits until one more of those who read slowly has read a part, before it goes on without them; in milliseconds. */
const PACE_MS = 100;
/** How long a pass takes at most before others get their turn, in milliseconds. */
const TURN_MS = 3_000;

/**
 * One reading of past outcomes for many clients, from where the first of them stands up to the present: from the topic, as far as
 * they are no longer in memory, then from memory. Each outcome is read and decoded once, and clients without a filter are sent the
 * same bytes. All move on together, a part at a time; who reads too slowly for that is left behind and joins a later pass.
 *
 * Partitions are merged by time: a client that is cut off in the middle has received none of them much further than another.
 */
export class Pass {
  /** Up to where, by partition, everything was sent to each member that it is for. */
  private readonly scanned = new Map<number, number>();
  private readonly members: Set<Returning>;
  /** What is to be done when a member's request ends. Its signal lives much longer than the pass. */
  private readonly onAbort = new Map<Returning, () => void>();
  /** Members that the pass has reached get all that matches; the others have received some of it before. */
  private readonly reached = new Subscribers();
  private readonly ahead: Set<Returning>;
  private readonly slow = new Set<Returning>();
  private readonly outgoing = new Set<Returning>();
  private readonly stopping = new AbortController();
  private readonly deadline = performance.now() + TURN_MS;

  /** @param members with known positions */
  constructor(
    private readonly options: PassOptions,
    members: readonly Returning[],
  ) {
    // Each partition that is read adds some.
    setMaxListeners(0, this.stopping.signal);
    this.members = new Set(members);
    this.ahead = new Set(members);
    for (const member of members) member.outgoing = this.outgoing;
    for (const { positions } of members)
      for (const [partition, next] of positions!)
        this.scanned.set(partition, Math.min(next, this.scanned.get(partition) ?? Infinity));
    for (const member of members) {
      const onAbort = () => this.remove(member);
      this.onAbort.set(member, onAbort);
      member.signal.addEventListener('abort', onAbort);
    }
    this.findReached();
  }

  /**
   * Resolves when the pass is over, for whatever reason.
   * @param onLive called for each member that is live now, in the turn in which it is subscribed
   * @throws whatever the log throws; `remaining` is right even then
   */
  async run(onLive: (member: Returning) => void): Promise<void> {
    const { recent } = this.options;
    while (!this.isOver) {
      if (!recent.covers(this.scanned)) await this.sendFromTopic();
      else if (!(await this.goLive(onLive))) await this.sendFromMemory();
    }
  }

  /** The members that are not live, nor gone, once the pass is over. Their positions say where they stand. */
  remaining(): Returning[] {
    const left = [...this.members];
    for (const member of left) {
      member.moveTo(this.scanned);
      this.remove(member);
    }
    return [...left, ...this.slow].filter(({ signal }) => !signal.aborted);
  }

  private get isOver(): boolean {
    return this.members.size === 0 || performance.now() > this.deadline;
  }

  private async sendFromTopic(): Promise<void> {
    const { recent } = this.options;
    for (const member of this.members) member.from = 'topic';
    const ends = new Map([...this.scanned.keys()].map((partition) => [partition, recent.next(partition)]));
    const streams = [...this.scanned].map(([partition, start]) =>
      this.framesOf(partition, start, ends.get(partition)!),
    );
    let part: Frame[] = [];
    let size = 0;
    for await (const frame of mergeStreams(streams)) {
      part.push(frame);
      size += frame.bytes.length;
      if (size < PART_BYTES) continue;
      await this.send(part);
      if (this.isOver) return;
      part = [];
      size = 0;
    }
    await this.send(part);
    // A read that was stopped ends as one that is through.
    if (!this.stopping.signal.aborted) this.moveTo(ends);
  }

  private async *framesOf(partition: number, start: number, end: number): AsyncGenerator<Frame> {
    const { log, topic, reader, share } = this.options;
    if (start >= end) return;
    const { signal } = this.stopping;
    for await (const batch of log.read(topic, { ranges: [{ partition, start, end }], signal }))
      yield* await reader.framesOf(batch, share);
  }

  private async sendFromMemory(): Promise<void> {
    const { recent } = this.options;
    const ends = new Map([...this.scanned.keys()].map((partition) => [partition, recent.next(partition)]));
    for (const part of inParts(recent.since(this.scanned, {}))) {
      await this.send(part);
      if (this.isOver) return;
    }
    this.moveTo(ends);
  }

  /**
   * The last outcomes from memory are sent and the client is subscribed in one turn of the event loop: none can arrive in between.
   * @returns false when there are too many of them
   */
  private async goLive(onLive: (member: Returning) => void): Promise<boolean> {
    const { recent } = this.options;
    return this.inSlices(this.members, () => {
      const frames = recent.since(this.scanned, {});
      const isLast = frames.reduce((sum, { bytes }) => sum + bytes.length, 0) <= PART_BYTES;
      const missing = missingOf(frames, endsOf(frames));
      return isLast
        ? (member) => {
            if (member.signal.aborted) return;
            if (member.isBeyond(recent)) return this.leaveBehind(member);
            this.remove(member);
            member.deliver(...missing(member));
            member.flush();
            member.resumption.attach();
            onLive(member);
          }
        : undefined;
    });
  }

  /** Sends what follows the scanned positions to whom it is for. */
  private async send(frames: readonly Frame[]): Promise<void> {
    if (frames.length === 0) return;
    const ends = endsOf(frames);
    this.reached.publish(frames);
    const missing = missingOf(frames, ends);
    await this.inSlices(this.ahead, () => (member) => {
      if (member.isBefore(ends)) member.deliver(...missing(member));
    });
    for (const [partition, end] of ends) this.scanned.set(partition, end);
    await this.inSlices(this.outgoing, () => (member) => member.flush());
    this.findReached();
    await this.waitForSlow();
  }

  /** As long as they go on reading, however many they are, the pass waits: without them it would send to few what it can to many. */
  private async waitForSlow(): Promise<void> {
    await nextTurn();
    const slow = new Set([...this.outgoing].filter((one) => one.client.isBehind && this.members.has(one)));
    this.outgoing.clear();
    if (slow.size === 0) return;
    await new Promise<void>((resolve) => {
      const pace = setTimeout(resolve, PACE_MS);
      for (const one of slow)
        void one.client.drained(one.signal).then(() => {
          slow.delete(one);
          if (slow.size > 0 && performance.now() < this.deadline) return void pace.refresh();
          clearTimeout(pace);
          resolve();
        });
    });
    for (const member of slow) if (member.client.isBehind) this.leaveBehind(member);
    slow.clear();
  }

  private leaveBehind(member: Returning): void {
    member.moveTo(this.scanned);
    this.remove(member);
    this.slow.add(member);
  }

  private findReached(): void {
    for (const member of this.ahead) {
      if (!member.isReachedBy(this.scanned)) continue;
      this.ahead.delete(member);
      this.reached.add(member);
    }
  }

  private remove(member: Returning): void {
    this.members.delete(member);
    this.ahead.delete(member);
    this.reached.remove(member);
    const onAbort = this.onAbort.get(member);
    if (onAbort) member.signal.removeEventListener('abort', onAbort);
    this.onAbort.delete(member);
    if (this.members.size === 0) this.stopping.abort();
  }

  private moveTo(ends: ReadonlyMap<number, number>): void {
    for (const [partition, end] of ends)
      this.scanned.set(partition, Math.max(end, this.scanned.get(partition) ?? 0));
    this.findReached();
  }

  /**
   * Works through the items, and lets others have the event loop now and then.
   * @param begin called at the beginning of each slice: what is done with an item, or undefined to stop
   * @returns whether it came to the end
   */
  private async inSlices(
    items: ReadonlySet<Returning>,
    begin: () => ((item: Returning) => void) | undefined,
  ): Promise<boolean> {
    const { share } = this.options;
    let work = begin();
    for (const item of items) {
      if (share.isOver) {
        await share.rest();
        work = begin();
      }
      if (!work) return false;
      work(item);
    }
    return work !== undefined;
  }
}

/** The offset behind the last of these frames, by partition. */
const endsOf = (frames: readonly Frame[]): ReadonlyMap<number, number> =>
  new Map(frames.map(({ partition, offset }) => [partition, offset + 1]));

/**
 * Those of the frames that a member lacks, as bytes, and how many they are. Of thousands that come back most stand at the same
 * place, and get the same bytes.
 * @param ends those of the frames
 */
function missingOf(
  frames: readonly Frame[],
  ends: ReadonlyMap<number, number>,
): (member: Returning) => [bytes: Buffer, count: number] {
  const made = new Map<string, [Buffer, number]>();
  return (member) => {
    const { bookId, userId, masked } = member.filter;
    const lacked = () => {
      const missing = member.missing(frames);
      return [bytesOf(missing, member.filter), missing.length] as [Buffer, number];
    };
    if (bookId !== undefined || userId !== undefined) return lacked();
    const place = `${masked} ${member.placeBefore(ends)}`;
    const known = made.get(place) ?? lacked();
    made.set(place, known);
    return known;
  };
}
