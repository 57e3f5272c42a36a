import { EventEmitter, once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { partitionOf } from '../../infra/event-log/murmur2';
import { Follower } from '../../infra/event-log/follower';
import type { Log, LogBatch, PartitionBounds, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { Decoder } from '../../schemas/codec/codec';
import type { Outcome } from '../../schemas/generated/events';
import { Audience } from './audience';
import { CatchUp } from './catch-up';
import type { LiveClient } from './client';
import type { Filter, Frame } from './frame';
import { FrameReader } from './frame-reader';
import type { LiveMetrics } from './metrics';
import { Recent } from './recent';

export interface LiveOptions {
  readonly log: Log;
  /** The topic of outcomes. */
  readonly topic: string;
  readonly decoder: Decoder<Outcome>;
  readonly logger: Logger;
  readonly metrics: LiveMetrics;
  readonly settings?: Partial<LiveSettings>;
}

/** Times are in milliseconds. */
export interface LiveSettings {
  /** How many outcomes of each partition are read again at start, so that a restart costs its clients no reading. */
  readonly history: number;
  /** How many bytes of each partition's newest outcomes are kept in memory. */
  readonly memory: number;
  /** How often a silent stream says that it is alive. */
  readonly heartbeat: number;
  /** See `Locator`: must exceed what instances' clocks, and the reading of partitions, differ by. */
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

/** How much is sent to a client in one turn of the event loop. */
const PART_BYTES = 64 * 1024;

/**
 * Tells everybody who is connected to this process what reservations come to. The topic is followed once, however many
 * listen, and each outcome is decoded and formatted once.
 */
export class LiveOutcomes {
  private readonly audience = new Audience();
  private readonly clients = new Set<LiveClient>();
  private readonly recent: Recent;
  private readonly reader: FrameReader;
  private readonly catchUp: CatchUp;
  private readonly follower: Follower;
  private readonly heartbeats: NodeJS.Timeout;
  private readonly changes = new EventEmitter().setMaxListeners(0);

  /** @throws when the topic is not there, or Kafka does not answer */
  static async start(options: LiveOptions): Promise<LiveOutcomes> {
    const bounds = await options.log.bounds(options.topic);
    const { history } = { ...DEFAULTS, ...options.settings };
    const starts = bounds.map(
      ({ partition, start, end }) => [partition, Math.max(start, end - history)] as const,
    );
    const ends = bounds.map(({ partition, end }) => [partition, end] as const);
    return new LiveOutcomes(options, new Map(starts), new Map(ends));
  }

  /** @param liveFrom the offsets at which the present begins: what is before was there when the process started */
  private constructor(
    options: LiveOptions,
    starts: ReadonlyMap<number, number>,
    private readonly liveFrom: Map<number, number>,
  ) {
    const { decoder, logger, metrics } = options;
    const settings = { ...DEFAULTS, ...options.settings };
    this.recent = new Recent(settings.memory);
    this.recent.begin(starts);
    this.reader = new FrameReader(decoder, metrics, logger);
    const { recent, reader } = this;
    const changed = (signal: AbortSignal) => this.changed(signal);
    this.catchUp = new CatchUp({ ...options, ...settings, recent, reader, changed });
    this.follower = new Follower({ ...options, ...settings, handle: (batch) => this.take(batch) }, starts);
    this.heartbeats = setInterval(() => this.clients.forEach((client) => client.beat()), settings.heartbeat);
    metrics.watch(() => this.clients.size);
  }

  get partitions(): number {
    return this.liveFrom.size;
  }

  /**
   * Serves an open stream until the signal is aborted.
   * @param position the last one that the client has seen; absent: it begins now
   */
  async serve(client: LiveClient, position: Position | undefined, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return client.end();
    this.clients.add(client);
    try {
      const attach = () => this.audience.add(client);
      if (position) await this.resume(client, position, attach, signal);
      else attach();
      await untilAborted(signal);
    } finally {
      this.audience.remove(client);
      this.clients.delete(client);
      client.end();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.heartbeats);
    await this.follower.close();
  }

  private async resume(client: LiveClient, position: Position, attach: () => void, signal: AbortSignal) {
    const now = this.placesNow(client.filter);
    // Right after a start everybody comes back: what they ask for is being read into memory.
    while (!this.isLoaded() && !signal.aborted) await this.changed(signal);
    await this.catchUp.run({ client, position, now, attach }, signal);
  }

  private isLoaded(): boolean {
    return [...this.liveFrom].every(([partition, offset]) => this.recent.next(partition) >= offset);
  }

  private placesNow({ bookId }: Filter): Map<number, number> {
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
    // A topic that was made anew begins again with 0: all of it is new.
    if (fromOffset < this.recent.next(partition)) this.liveFrom.set(partition, 0);
    let start = fromOffset;
    for (const part of inParts(frames)) {
      const end = part.at(-1) === frames.at(-1) ? nextOffset : part.at(-1)!.offset + 1;
      this.publish({ partition, start, end }, part);
      start = end;
      // Much at once, after a pause of Kafka's, goes out in portions: nobody is slow for not reading all of it at once.
      if (end < nextOffset) await nextTurn();
    }
    if (start < nextOffset) this.publish({ partition, start, end: nextOffset }, []);
  }

  /** What is remembered and what is told change together: whoever goes live in between must not hear it twice. */
  private publish(range: PartitionBounds, frames: readonly Frame[]): void {
    this.recent.add(range, frames);
    const present = this.liveFrom.get(range.partition) ?? 0;
    this.audience.publish(frames.filter(({ offset }) => offset >= present));
    this.changes.emit('change');
  }

  private async changed(signal: AbortSignal): Promise<void> {
    await once(this.changes, 'change', { signal }).catch(() => undefined);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Consecutive frames, in parts of a size that any connection takes. */
function* inParts(frames: readonly Frame[]): Generator<Frame[]> {
  let part: Frame[] = [];
  let size = 0;
  for (const frame of frames) {
    if (part.length > 0 && size + frame.bytes.length > PART_BYTES) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(frame);
    size += frame.bytes.length;
  }
  if (part.length > 0) yield part;
}
