import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { LiveClient } from './client';
import { matches, type Filter, type Frame, type FrameReader } from './frame';
import { mergeStreams } from './merge';
import type { LiveMetrics } from './metrics';
import type { RecentOutcomes } from './recent-outcomes';
import { ResumePositions } from './resume-positions';
import { Semaphore } from './semaphore';

export interface CatchUpOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  readonly recent: RecentOutcomes;
  readonly reader: FrameReader;
  readonly metrics: LiveMetrics;
  /** See `ResumePositions`, in milliseconds. */
  readonly margin: number;
  /** How long to wait before the topic is read again after a failure, in milliseconds. */
  readonly pause: number;
  /** Resolves when outcomes have been read, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

export interface Resumption {
  readonly client: LiveClient;
  readonly position: Position;
  /** The partitions that the client follows, and where each stood when the request arrived. */
  readonly now: ReadonlyMap<number, number>;
  /** Subscribes the client to live outcomes. */
  attach(): void;
}

/** How many clients read past outcomes from the topic at the same time, and for how long before others get a turn. */
const READERS = 4;
const TURN_MS = 10_000;
/** A client with no more than this left to receive, in bytes, goes live: so much fits into any client's buffer. */
const LAST_STEP = 64 * 1024;

/**
 * Brings a client that was away up to date: with outcomes from the topic that are no longer in memory, then from memory,
 * then live. The last outcomes from memory are sent and the client is subscribed in one turn of the event loop, so no
 * outcome can arrive in between.
 */
export class CatchUp {
  private readonly resume: ResumePositions;
  private readonly turns = new Semaphore(READERS);

  constructor(private readonly options: CatchUpOptions) {
    this.resume = new ResumePositions(options);
  }

  /** Resolves when the client is live, or when the signal is aborted. Failures of the log are retried. */
  async run(resumption: Resumption, signal: AbortSignal): Promise<void> {
    const { recent, metrics, logger, pause } = this.options;
    // Each partition that is read adds a listener.
    setMaxListeners(0, signal);
    let positions: Map<number, number> | undefined;
    let from = 'memory';
    while (!signal.aborted) {
      try {
        positions ??= (await this.locate(resumption, signal)) ?? new Map(resumption.now);
        if (signal.aborted) return;
        if (!recent.covers(positions)) {
          from = 'topic';
          await this.sendFromTopic(resumption.client, positions, signal);
        } else if (await this.sendFromMemory(resumption, positions, signal)) {
          metrics.resumed.inc({ from });
          return;
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, 'past outcomes cannot be read at the moment; trying again');
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Asking the topic takes a turn, as reading it does. */
  private async locate({ position, now }: Resumption, signal: AbortSignal) {
    const partitions = [...now.keys()];
    const positions = this.resume.fromMemory(position, partitions);
    return positions ?? this.turns.run(() => this.resume.fromTopic(position, partitions, signal));
  }

  /** @returns whether the client is live now */
  private async sendFromMemory(
    { client, attach }: Resumption,
    positions: Map<number, number>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { recent, changed } = this.options;
    if ([...positions].some(([partition, next]) => next > recent.next(partition))) {
      // The client has received more, from another instance, than this one has read. Going live now would repeat it.
      await changed(signal);
      return false;
    }
    const frames = recent.since(positions, client.filter);
    const ends = [...positions.keys()].map((partition) => [partition, recent.next(partition)] as const);
    if (frames.reduce((sum, { bytes }) => sum + bytes.length, 0) <= LAST_STEP) {
      if (frames.length > 0) client.deliver(Buffer.concat(frames.map(({ bytes }) => bytes)), frames.length);
      attach();
      return true;
    }
    await sendAll(client, frames, positions, signal);
    if (!signal.aborted) ends.forEach(([partition, end]) => positions.set(partition, end));
    return false;
  }

  /** Sends the outcomes between the positions and memory, or as many of them as one turn allows. */
  private async sendFromTopic(client: LiveClient, positions: Map<number, number>, signal: AbortSignal) {
    await this.turns.run(async () => {
      const { recent } = this.options;
      const ends = new Map([...positions.keys()].map((partition) => [partition, recent.next(partition)]));
      const parts = [...positions].map(([partition, start]) =>
        this.readPart({ partition, start, end: ends.get(partition)! }, client.filter, signal),
      );
      const isDone = await sendAll(client, mergeStreams(parts), positions, signal, TURN_MS);
      if (isDone)
        for (const [partition, end] of ends)
          positions.set(partition, Math.max(end, positions.get(partition)!));
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
 * Sends frames at the client's pace and advances the positions with each.
 * @returns whether all were sent: false after an abort, or when it took longer than `limit` milliseconds
 */
async function sendAll(
  client: LiveClient,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  positions: Map<number, number>,
  signal: AbortSignal,
  limit = Infinity,
): Promise<boolean> {
  const deadline = performance.now() + limit;
  for await (const frame of frames) {
    if (signal.aborted) return false;
    await client.send(frame, signal);
    positions.set(frame.partition, frame.offset + 1);
    if (performance.now() > deadline) return false;
  }
  return !signal.aborted;
}
