import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from '../../infra/http/security-headers';
import { GREETING, HEARTBEAT, type Filter } from './frame';
import type { LiveMetrics } from './metrics';
import type { Subscriber } from './subscribers';

export interface ClientLimits {
  /** How many bytes may be buffered for a client; with more it is disconnected. */
  readonly maxBuffered: number;
  /** How long a client that is catching up may read nothing before it is disconnected, in milliseconds. */
  readonly patience: number;
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Without it Nginx buffers events until it has a few kilobytes.
  'x-accel-buffering': 'no',
  ...SECURITY_HEADERS,
};

/** One open stream. A client that reads too slowly delays no other: it is disconnected, and can resume. */
export class LiveClient implements Subscriber {
  constructor(
    readonly filter: Filter,
    private readonly response: ServerResponse,
    private readonly limits: ClientLimits,
    private readonly metrics: LiveMetrics,
  ) {}

  /** Sends the status and a first comment, so that the client sees at once that the stream is open. */
  open(): void {
    this.response.writeHead(200, HEADERS);
    this.write(GREETING);
  }

  deliver(bytes: Buffer, count: number): void {
    if (this.write(bytes)) this.metrics.delivered.inc(count);
  }

  /** Sends a heartbeat. */
  beat(): void {
    this.write(HEARTBEAT);
  }

  /** Whether some of what was sent is still waiting for the client to read. */
  get isBehind(): boolean {
    return this.response.writableNeedDrain && !this.response.destroyed;
  }

  /**
   * Resolves when the client has read what was sent; or when it has read nothing for too long, and is disconnected; or when the
   * signal is aborted.
   * @param signal the request's: aborted when the connection is closed
   */
  async drained(signal: AbortSignal): Promise<void> {
    if (!this.isBehind) return;
    // Dropping the client closes the response, which aborts the request's signal and so ends the wait.
    const patience = setTimeout(() => this.drop(), this.limits.patience);
    await once(this.response, 'drain', { signal }).catch(() => undefined);
    clearTimeout(patience);
  }

  /** Ends the stream. Buffered outcomes of a slow client are dropped: it receives them when it resumes. */
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
