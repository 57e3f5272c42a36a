import { spawn } from 'node:child_process';
import type { Server } from 'node:http';
import { createServer, type Server as NetServer } from 'node:net';

/** How many connections a server with these handles accepts in a turn of the event loop. */
export const ACCEPTED_AT_MOST = 16;
const MORE = ACCEPTED_AT_MOST - 1;
/** Sends back what it is sent. */
const ECHO = 'process.on("message", (nth, handle) => process.send(nth, handle, () => handle.close()))';

/** What Node keeps of an open socket. It is sent to other processes as it is; the types know sockets and servers only. */
interface WithHandle {
  readonly _handle: NetServer;
}

/**
 * More handles on the socket of a listening server, so that it accepts as many connections in each turn of the event loop. By itself
 * it accepts one (libuv since 1.45): in a rush of new clients, when turns are long, the last of thousands would wait for half
 * a minute before they are noticed.
 *
 * Node cannot copy a handle within a process, but one that is sent to another process and back is a copy. Without that other process,
 * or until it has answered, the server accepts as it does by itself.
 * @returns the servers of these handles, as they come; `end` lets no more of them come
 */
export function addAcceptors(server: Server): { readonly servers: ReadonlySet<NetServer>; end(): void } {
  const servers = new Set<NetServer>();
  let isEnded = false;
  const echo = spawn(process.execPath, ['-e', ECHO], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const end = () => {
    isEnded = true;
    echo.kill();
  };
  echo.on('error', end);
  echo.on('message', (nth, handle) => {
    const acceptor = createServer({ noDelay: true }, (socket) => server.emit('connection', socket)).listen(
      handle,
    );
    if (isEnded) acceptor.close();
    else servers.add(acceptor);
    if (nth === MORE) end();
  });
  const { _handle: handle } = server as unknown as WithHandle;
  for (let nth = 1; nth <= MORE; nth += 1) echo.send(nth, handle, (error) => error && end());
  return { servers, end };
}
