import type { RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';

const CHECK_INTERVAL_MS = 20;
/** For how long a closing server waits for a request to arrive on a connection that has sent nothing, or the half of one. */
const ARRIVAL_MS = 1_000;

/** Ends the connections of a server without losing a request. */
export class Draining {
  private begun = false;
  private readonly underWay = new Set<ServerResponse>();
  /** The answer to the last request of each connection. */
  private readonly latest = new WeakMap<Duplex, ServerResponse>();

  constructor(private readonly app: RequestListener) {}

  readonly listener: RequestListener = (request, response) => {
    if (this.begun) response.shouldKeepAlive = false;
    this.underWay.add(response);
    this.latest.set(request.socket, response);
    response.once('close', () => this.underWay.delete(response));
    this.app(request, response);
  };

  /**
   * For a connection whose bytes make no sense any more: the answers that are under way on it are its last ones. A request that has not
   * arrived whole never will.
   * @returns what else to do: `wait`, because the connection ends after those answers; `tell` the client, who waits for nothing else;
   *   or `end` it, because what came wrong is the rest of a request that has its answer already, or a part of it
   */
  giveUp(socket: Duplex): 'wait' | 'tell' | 'end' {
    const latest = this.latest.get(socket);
    const broken = latest?.req.complete === false ? latest : undefined;
    let isAwaited = false;
    for (const response of this.underWay) {
      if (response.req.socket !== socket || response === broken) continue;
      response.shouldKeepAlive = false;
      isAwaited = true;
    }
    if (isAwaited) return 'wait';
    return broken?.headersSent ? 'end' : 'tell';
  }

  /**
   * See `RunningServer.close`. The connections are kept until it stops listening, and not before: whoever sends requests over
   * them opens no new one in that moment, which the system may have accepted and would reset.
   * @param acceptors other handles of its socket, whose connections are its own too
   */
  close(
    server: Server,
    deadline: number,
    linger: number,
    acceptors: Iterable<NetServer> = [],
  ): Promise<void> {
    this.begun = true;
    for (const response of this.underWay) response.shouldKeepAlive = false;
    let busy = performance.now();
    const check = () => {
      const now = performance.now();
      if (this.underWay.size > 0) busy = now;
      if (now - start >= linger) server.closeIdleConnections();
      if (now - busy >= linger + ARRIVAL_MS) server.closeAllConnections();
    };
    const start = performance.now();
    // After what has arrived is read: a busy process comes to its timers first, and would reset connections that only look idle.
    const checks = setInterval(() => setImmediate(check), CHECK_INTERVAL_MS);
    const cut = setTimeout(() => server.closeAllConnections(), deadline);
    const ended = [server, ...acceptors].map(stopListening);
    check();
    return Promise.all(ended).then(() => {
      clearInterval(checks);
      clearTimeout(cut);
      server.close();
    });
  }
}

/** Resolves when the last connection that it has accepted is closed. */
function stopListening(server: NetServer): Promise<void> {
  // The close of HTTP would end the idle connections at once.
  return new Promise((resolve) => NetServer.prototype.close.call(server, () => resolve()));
}
