import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { LiveClient } from './client';
import { matches, type Filter, type Frame } from './frame';
import type { FrameReader } from './frame-reader';
import { Locator } from './locate';
import { mergeStreams } from './merge';
import type { LiveMetrics } from './metrics';
import type { Recent } from './recent';
import { Semaphore } from './semaphore';

export interface CatchUpOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  readonly recent: Recent;
  readonly reader: FrameReader;
  readonly metrics: LiveMetrics;
  /** See `Locator`, in milliseconds. */
  readonly margin: number;
  /** How long to wait before the topic is read again after a failure, in milliseconds. */
  readonly pause: number;
  /** Resolves when there are new outcomes, or the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

export interface Resumption {
  readonly client: LiveClient;
  readonly position: Position;
  /** The partitions that the client follows, and where each stood when it asked. */
  readonly now: ReadonlyMap<number, number>;
  /** Begins live delivery. */
  attach(): void;
}

/** How many read the past of the topic at a time, and for how long before others get their turn. */
const READERS = 4;
const TURN_MS = 10_000;
/** With no more than this to send, in bytes, a client goes live: it fits into the buffer of any. */
const LAST_STEP = 64 * 1024;

/**
 * Brings a client that was away up to the present: from the topic what is no longer in memory, then from memory, then
 * live. The last step from memory and going live happen in one turn of the event loop, so nothing can come in between.
 */
export class CatchUp {
  private readonly locator: Locator;
  private readonly turns = new Semaphore(READERS);

  constructor(private readonly options: CatchUpOptions) {
    this.locator = new Locator(options);
  }

  /** Resolves when the client is live, or the signal is aborted. Failures of the log are waited out. */
  async run(resumption: Resumption, signal: AbortSignal): Promise<void> {
    const { recent, metrics, logger, pause } = this.options;
    // Each partition that is read again listens to it.
    setMaxListeners(0, signal);
    let places: Map<number, number> | undefined;
    let from = 'memory';
    while (!signal.aborted) {
      try {
        places ??= (await this.locate(resumption, signal)) ?? new Map(resumption.now);
        if (signal.aborted) return;
        if (!recent.covers(places)) {
          from = 'topic';
          await this.sendFromTopic(resumption.client, places, signal);
        } else if (await this.sendFromMemory(resumption, places, signal)) {
          metrics.resumed.inc({ from });
          return;
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, 'the past of the outcomes cannot be read at the moment; trying again');
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Where this costs reading it takes a turn, as reading does. */
  private async locate({ position, now }: Resumption, signal: AbortSignal) {
    const partitions = [...now.keys()];
    const places = this.locator.fromMemory(position, partitions);
    return places ?? this.turns.run(() => this.locator.fromTopic(position, partitions, signal));
  }

  /** @returns whether the client is live now */
  private async sendFromMemory(
    { client, attach }: Resumption,
    places: Map<number, number>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { recent, changed } = this.options;
    if ([...places].some(([partition, place]) => place > recent.next(partition))) {
      // It has seen more, from another instance, than has been read here. Going live now would repeat it.
      await changed(signal);
      return false;
    }
    const frames = recent.since(places, client.filter);
    const ends = [...places.keys()].map((partition) => [partition, recent.next(partition)] as const);
    if (frames.reduce((sum, { bytes }) => sum + bytes.length, 0) <= LAST_STEP) {
      if (frames.length > 0) client.deliver(Buffer.concat(frames.map(({ bytes }) => bytes)), frames.length);
      attach();
      return true;
    }
    await sendAll(client, frames, places, signal);
    if (!signal.aborted) ends.forEach(([partition, end]) => places.set(partition, end));
    return false;
  }

  /** Sends what lies between the places and memory, or as much of it as one turn allows. */
  private async sendFromTopic(client: LiveClient, places: Map<number, number>, signal: AbortSignal) {
    await this.turns.run(async () => {
      const { recent } = this.options;
      const ends = new Map([...places.keys()].map((partition) => [partition, recent.next(partition)]));
      const parts = [...places].map(([partition, place]) =>
        this.readPart({ partition, start: place, end: ends.get(partition)! }, client.filter, signal),
      );
      const isDone = await sendAll(client, mergeStreams(parts), places, signal, TURN_MS);
      if (isDone)
        for (const [partition, end] of ends) places.set(partition, Math.max(end, places.get(partition)!));
    });
  }

  private async *readPart(
    range: { partition: number; start: number; end: number },
    filter: Filter,
    signal: AbortSignal,
  ): AsyncGenerator<Frame> {
    const { log, topic, reader } = this.options;
    if (range.start >= range.end) return;
    for await (const batch of log.read(topic, { ranges: [range], signal })) {
      for (const frame of await reader.framesOf(batch)) if (matches(frame, filter)) yield frame;
    }
  }
}

/**
 * Sends frames at the client's pace and moves the places on with each.
 * @returns whether that were all: false after an abort, or when it took longer than `limit` milliseconds
 */
async function sendAll(
  client: LiveClient,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  places: Map<number, number>,
  signal: AbortSignal,
  limit = Infinity,
): Promise<boolean> {
  const deadline = performance.now() + limit;
  for await (const frame of frames) {
    if (signal.aborted) return false;
    await client.send(frame, signal);
    places.set(frame.partition, frame.offset + 1);
    if (performance.now() > deadline) return false;
  }
  return !signal.aborted;
}
