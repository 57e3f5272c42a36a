import cluster from 'node:cluster';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addAcceptors } from './acceptors';
import { Draining } from './draining';
import type { Observe } from './metrics';
import { Overload } from './overload';
import { answerTheRest, withOneHost } from './protocol';

export interface ListenOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** The variable that sets the port, for the message when the port is in use. */
  readonly variable?: string;
  /** It is aborted when closing begins, so that requests that wait are answered and streams end. */
  readonly closing?: AbortController;
  /** The server is for strangers, of whom there may be too many: it accepts them faster, and tells of each request that it refuses. */
  readonly onRefusal?: Observe;
}

export interface RunningServer {
  /** For example `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * Accepts no new connections and lets running requests finish. Each answer closes its connection. The connections that
   * remain are closed at the deadline.
   * @param deadline in milliseconds
   * @param linger for how long idle connections are still served, in milliseconds: a request may be on its way over one of
   *   them that cannot be sent again. 0: they are closed at once
   */
  close(deadline: number, linger?: number): Promise<void>;
}

/** How long a request may take to arrive, and its headers alone: who sends a byte a second must not hold connections for ever. */
const REQUEST_TIMEOUT = 30_000;
const HEADERS_TIMEOUT = 10_000;
/** How often that is looked at. */
const CHECK_INTERVAL = 2_000;
/** How many connections may wait to be accepted: after a restart all followers of the live events come back at once. */
const BACKLOG = 4_096;
/** Beyond this number connections are closed at once. Each open one takes some 20 kB. */
const MOST_CONNECTIONS = 20_000;
/** How long an idle connection is kept: longer than the 60 s that are usual for load balancers. */
const KEEP_ALIVE_TIMEOUT = 65_000;

function listenError(
  error: NodeJS.ErrnoException,
  { host, port, variable = 'HTTP_PORT' }: ListenOptions,
): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use by another program: stop it, or set ${variable} to a free port.`,
    );
  }
  if (error.code === 'EACCES') {
    return new Error(
      `Port ${port} on ${host} may not be opened by this user: set ${variable} to one above 1023.`,
    );
  }
  return new Error(`Cannot listen on ${host}:${port}: ${error.message}.`);
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/**
 * Serves an express app.
 * @throws {Error} one sentence with what to do, when the port cannot be opened
 */
export function listen(app: RequestListener, options: ListenOptions): Promise<RunningServer> {
  const overload = options.onRefusal && new Overload(app, options.onRefusal);
  const draining = new Draining(withOneHost(overload?.listener ?? app));
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: HEADERS_TIMEOUT,
      connectionsCheckingInterval: CHECK_INTERVAL,
      // Ours is a problem document.
      requireHostHeader: false,
    },
    draining.listener,
  );
  let open = 0;
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
    if (open > MOST_CONNECTIONS) socket.destroy();
  });
  answerTheRest(server, draining);
  if (overload) server.on('connection', overload.arrived);
  let closed: Promise<void> | undefined;
  let acceptors: ReturnType<typeof addAcceptors> | undefined;
  const close = (deadline: number, linger = 0) => {
    options.closing?.abort();
    acceptors?.end();
    return (closed ??= draining.close(server, deadline, linger, acceptors?.servers));
  };
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options)));
    const { host, port } = options;
    server.listen({ host, port, backlog: BACKLOG }, () => {
      // A process that gets its connections from another one has no socket of its own.
      if (overload && !cluster.isWorker) acceptors = addAcceptors(server);
      resolve({ url: urlOf(server), close });
    });
  });
}
