import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteRequest } from './route';

/** Makes the signals of running requests, and aborts them all when the server shuts down. */
export class Signals {
  private readonly running = new Set<AbortController>();

  constructor(private readonly shutdown: AbortSignal | undefined) {
    shutdown?.addEventListener('abort', () => this.running.forEach((controller) => controller.abort()));
  }

  /** A signal that is aborted when the response ends, in whatever way, or when the server shuts down. */
  of(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    if (response.destroyed || this.shutdown?.aborted) {
      controller.abort();
      return controller.signal;
    }
    this.running.add(controller);
    response.once('close', () => {
      this.running.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }
}

/** A request as handlers receive it. The signal is made on first use: most requests never wait. */
export class Incoming<P, Q, B> implements RouteRequest<P, Q, B> {
  private ownSignal: AbortSignal | undefined;

  constructor(
    readonly params: P,
    readonly query: Q,
    readonly body: B,
    private readonly admitted: Pick<RouteRequest<P, Q, B>, 'caller' | 'scope'>,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly signals: Signals,
  ) {}

  get caller() {
    return this.admitted.caller;
  }

  get scope() {
    return this.admitted.scope;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get signal(): AbortSignal {
    return (this.ownSignal ??= this.signals.of(this.response));
  }
}
