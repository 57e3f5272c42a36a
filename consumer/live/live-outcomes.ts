import { EventEmitter, once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { partitionOf } from '../../infra/event-log/murmur2';
import { Follower } from '../../infra/event-log/follower';
import type { Log, LogBatch, PartitionBounds, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { Decoder } from '../../schemas/codec/codec';
import type { Mask } from '../../schemas/forgotten/forgotten-users';
import type { Outcome } from '../../schemas/generated/events';
import { Broadcast } from './broadcast';
import { CatchUp } from './catch-up';
import type { LiveClient } from './client';
import { FrameReader, inParts, type Filter, type Frame } from './frame';
import { LoopShare } from './loop-share';
import type { LiveMetrics } from './metrics';
import { RecentOutcomes } from './recent-outcomes';
import { Subscribers } from './subscribers';

export interface LiveOptions {
  readonly log: Log;
  /** The topic of outcomes. */
  readonly topic: string;
  readonly decoder: Decoder<Outcome>;
  readonly logger: Logger;
  readonly metrics: LiveMetrics;
  /** Who was forgotten; absent: nobody. When it has changed, call `dropRecent`. */
  readonly forgotten?: Mask;
  readonly settings?: Partial<LiveSettings>;
}

/** Times are in milliseconds. */
export interface LiveSettings {
  /** How many outcomes of each partition are read at start, so that clients that reconnect then resume from memory. */
  readonly history: number;
  /** How many bytes of each partition's newest outcomes are kept in memory. */
  readonly memory: number;
  /** The interval of heartbeats on all streams. */
  readonly heartbeat: number;
  /** See `ResumePositions`: must exceed the skew between instances' clocks, and between the partitions of a reader. */
  readonly margin: number;
  /** How long to wait before the topic is read again after a failure. */
  readonly pause: number;
}

const DEFAULTS: LiveSettings = {
  history: 1_000,
  memory: 1_048_576,
  heartbeat: 15_000,
  margin: 30_000,
  pause: 500,
};

/**
 * Streams outcomes to all clients that are connected to this process. However many they are, the topic is read once, and
 * each outcome is decoded and formatted once.
 */
export class LiveOutcomes {
  /** Who follows all books, and who follows one, or a user. */
  private readonly broadcast = new Broadcast();
  private readonly subscribers = new Subscribers();
  private readonly clients = new Set<LiveClient>();
  private readonly recent: RecentOutcomes;
  private readonly reader: FrameReader;
  private readonly catchUp: CatchUp;
  private readonly follower: Follower;
  private readonly heartbeats: NodeJS.Timeout;
  private readonly changes = new EventEmitter().setMaxListeners(0);

  /** @throws {UnknownTopicError} and whatever the log throws while Kafka is away */
  static async start(options: LiveOptions): Promise<LiveOutcomes> {
    const bounds = await options.log.bounds(options.topic);
    const { history } = { ...DEFAULTS, ...options.settings };
    const starts = bounds.map(
      ({ partition, start, end }) => [partition, Math.max(start, end - history)] as const,
    );
    const ends = bounds.map(({ partition, end }) => [partition, end] as const);
    return new LiveOutcomes(options, new Map(starts), new Map(ends));
  }

  /**
   * @param liveFrom the first offset to be delivered live, by partition: earlier outcomes existed when the process
   * started
   */
  private constructor(
    options: LiveOptions,
    starts: ReadonlyMap<number, number>,
    private readonly liveFrom: Map<number, number>,
  ) {
    const { decoder, logger, metrics } = options;
    const settings = { ...DEFAULTS, ...options.settings };
    this.recent = new RecentOutcomes(settings.memory);
    this.recent.begin(starts);
    this.reader = new FrameReader(decoder, metrics, logger, options.forgotten);
    const { recent, reader } = this;
    const changed = (signal: AbortSignal) => this.changed(signal);
    const share = new LoopShare();
    this.catchUp = new CatchUp({ ...options, ...settings, recent, reader, share, changed });
    this.follower = new Follower({ ...options, ...settings, handle: (batch) => this.take(batch) }, starts);
    this.heartbeats = setInterval(() => this.clients.forEach((client) => client.beat()), settings.heartbeat);
    metrics.watch(() => this.clients.size);
  }

  /** How many partitions the topic has. */
  get partitions(): number {
    return this.liveFrom.size;
  }

  /**
   * Serves an open stream until the signal is aborted.
   * @param position that of the last outcome that the client has received; absent: the stream begins now
   */
  async serve(client: LiveClient, position: Position | undefined, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return client.end();
    this.clients.add(client);
    const { bookId, userId } = client.filter;
    const followers = bookId === undefined && userId === undefined ? this.broadcast : this.subscribers;
    try {
      const attach = () => followers.add(client);
      if (position) await this.resume(client, position, attach, signal);
      else attach();
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      followers.remove(client);
      this.clients.delete(client);
      client.end();
    }
  }

  /** Drops the outcomes in memory, in which somebody may be named who was forgotten since: clients resume from the topic. */
  dropRecent(): void {
    this.recent.drop();
  }

  /** Stops reading. Open streams end with their requests. */
  async close(): Promise<void> {
    clearInterval(this.heartbeats);
    await this.follower.close();
  }

  private async resume(client: LiveClient, position: Position, attach: () => void, signal: AbortSignal) {
    const now = this.currentPositions(client.filter);
    // After a restart all clients reconnect at once. The outcomes that they lack are just being read into memory.
    while (!this.isLoaded() && !signal.aborted) await this.changed(signal);
    await this.catchUp.run({ client, position, now, attach }, signal);
  }

  private isLoaded(): boolean {
    return [...this.liveFrom].every(([partition, offset]) => this.recent.next(partition) >= offset);
  }

  private currentPositions({ bookId }: Filter): Map<number, number> {
    const all = [...this.liveFrom].map(
      ([partition, offset]) => [partition, Math.max(offset, this.recent.next(partition))] as const,
    );
    if (bookId === undefined) return new Map(all);
    const own = partitionOf(Buffer.from(bookId), this.partitions);
    return new Map(all.filter(([partition]) => partition === own));
  }

  private async take(batch: LogBatch): Promise<void> {
    const { partition, fromOffset, nextOffset } = batch;
    const frames = await this.reader.framesOf(batch);
    // A topic that was created anew begins at 0: all of it is new.
    if (fromOffset < this.recent.next(partition)) this.liveFrom.set(partition, 0);
    let start = fromOffset;
    for (const part of inParts(frames)) {
      await this.broadcast.hasRoom();
      const end = part.at(-1) === frames.at(-1) ? nextOffset : part.at(-1)!.offset + 1;
      this.publish({ partition, start, end }, part);
      start = end;
      // A large backlog, as after an outage of Kafka, is sent in parts: clients get time to read between them.
      if (end < nextOffset) await nextTurn();
    }
    if (start < nextOffset) this.publish({ partition, start, end: nextOffset }, []);
  }

  /** Memory and subscribers get outcomes in one turn: a client that goes live in between would receive them twice. */
  private publish(range: PartitionBounds, frames: readonly Frame[]): void {
    this.recent.add(range, frames);
    const liveFrom = this.liveFrom.get(range.partition) ?? 0;
    const live = frames.filter(({ offset }) => offset >= liveFrom);
    this.broadcast.publish(live);
    this.subscribers.publish(live);
    this.changes.emit('change');
  }

  private async changed(signal: AbortSignal): Promise<void> {
    await once(this.changes, 'change', { signal }).catch(() => undefined);
  }
}
