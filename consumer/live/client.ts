import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Listener } from './audience';
import { GREETING, HEARTBEAT, type Filter, type Frame } from './frame';
import type { LiveMetrics } from './metrics';

export interface ClientLimits {
  /** How much may wait in memory for a client to read it; with more it is cut off. In bytes. */
  readonly maxBuffered: number;
  /** How long a client that is catching up may read nothing, in milliseconds. */
  readonly patience: number;
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Nginx would keep the events back until it has a few kilobytes of them.
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** One open stream. Nobody waits for it: a client that reads too slowly is cut off, and resumes where it was. */
export class LiveClient implements Listener {
  constructor(
    readonly filter: Filter,
    private readonly response: ServerResponse,
    private readonly limits: ClientLimits,
    private readonly metrics: LiveMetrics,
  ) {}

  /** Sends the status and something to read, so that the client knows at once that the stream is open. */
  open(): void {
    this.response.writeHead(200, HEADERS);
    this.write(GREETING);
  }

  deliver(bytes: Buffer, count: number): void {
    if (this.write(bytes)) this.metrics.delivered.inc(count);
  }

  beat(): void {
    this.write(HEARTBEAT);
  }

  /**
   * Sends at the pace at which the client reads: for what is past, which has time.
   * @param signal the request's: aborted when the connection is closed
   */
  async send({ bytes }: Frame, signal: AbortSignal): Promise<void> {
    this.deliver(bytes, 1);
    if (!this.response.writableNeedDrain || this.response.destroyed) return;
    // Being dropped closes the response, and with it ends the wait: the signal is the request's.
    const patience = setTimeout(() => this.drop(), this.limits.patience);
    await once(this.response, 'drain', { signal }).catch(() => undefined);
    clearTimeout(patience);
  }

  /** Ends the stream. What a slow client has not read by now it gets when it resumes. */
  end(): void {
    if (this.response.destroyed) return;
    if (this.response.writableNeedDrain) this.response.destroy();
    else this.response.end();
  }

  private write(bytes: Buffer): boolean {
    if (this.response.destroyed || this.response.writableEnded) return false;
    this.response.write(bytes);
    if (this.response.writableLength <= this.limits.maxBuffered) return true;
    this.drop();
    return false;
  }

  private drop(): void {
    this.metrics.dropped.inc();
    this.response.destroy();
  }
}
