import type { RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

const CHECK_INTERVAL_MS = 20;
/** For how long a closing server waits for a request to arrive on a connection that has sent nothing, or the half of one. */
const ARRIVAL_MS = 1_000;

/** Ends the connections of a server without losing a request. */
export class Draining {
  private begun = false;
  private readonly underWay = new Set<ServerResponse>();

  constructor(private readonly app: RequestListener) {}

  readonly listener: RequestListener = (request, response) => {
    if (this.begun) response.shouldKeepAlive = false;
    this.underWay.add(response);
    response.once('close', () => this.underWay.delete(response));
    this.app(request, response);
  };

  /**
   * Makes the answers that are under way on a connection the last ones.
   * @returns whether there are any
   */
  endAfterAnswers(socket: Socket): boolean {
    let isBusy = false;
    for (const response of this.underWay) {
      if (response.socket !== socket) continue;
      response.shouldKeepAlive = false;
      isBusy = true;
    }
    return isBusy;
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
    const checks = setInterval(check, CHECK_INTERVAL_MS);
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
