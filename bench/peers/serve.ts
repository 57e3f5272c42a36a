import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port of the loopback interface, and logs `started` with the URL. */
export function serve(app: RequestListener): void {
  const server = createServer(app).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ msg: 'started', url: `http://127.0.0.1:${port}` })}\n`);
  });
}
