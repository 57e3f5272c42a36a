import cluster from 'node:cluster';
import { END } from './watched';

/** A terminal sends the SIGINT of Ctrl-C to npm and to us, and npm passes its own on. */
const SAME_KEYSTROKE_MS = 200;

const EXIT_CODES = { SIGTERM: 0, SIGINT: 130 } as const;
/** What a shell shows for a program that a signal has ended. */
const KILLED = { SIGTERM: 143, SIGINT: 130 } as const;

/** Why this process is to end: a signal, or an error that it cannot go on with. The first request counts. */
export class Ending {
  private readonly controller = new AbortController();
  private requestedAt = 0;
  /** The exit code of a process that ends as it should after the request. */
  exitCode = 0;
  /** The error for which it ends. */
  error: Error | undefined;

  /** Aborted when the process is to end. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Resolves when the process is to end. */
  requested(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      else this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  request(exitCode: number, error?: Error): void {
    if (this.signal.aborted) return;
    this.requestedAt = performance.now();
    this.exitCode = exitCode;
    this.error = error;
    this.controller.abort(error ?? new Error('the process is to end'));
  }

  /**
   * Listens to SIGTERM and SIGINT. The second one ends the process at once. A process that another one watches over (node:cluster)
   * hears of them from there, and not twice.
   */
  listen(): this {
    const isWatchedOver = cluster.isWorker;
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.on(name, () => isWatchedOver || this.signalled(name));
    if (isWatchedOver) process.on('message', (message) => message === END && this.signalled('SIGTERM'));
    return this;
  }

  private signalled(name: 'SIGTERM' | 'SIGINT'): void {
    if (!this.signal.aborted) return this.request(EXIT_CODES[name]);
    if (name === 'SIGINT' && performance.now() - this.requestedAt < SAME_KEYSTROKE_MS) return;
    process.exit(KILLED[name]);
  }
}
