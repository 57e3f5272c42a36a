import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { projectRoot, run } from './run';

/** Distinct ports of the loopback interface on which no program listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether a program listens on the port, on the loopback interface or on all interfaces. */
export async function isBusy(port: number): Promise<boolean> {
  if (await connects(port)) return true;
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true;
    throw error;
  }
}

/** Who listens on these ports, such as "node (process 4711)". Without those that are not ours to see. */
export async function holdersOf(ports: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const script = path.join(projectRoot(), 'infra/local/listeners.mjs');
  const { code, output } = await run(process.execPath, [script, ...ports.map(String)]);
  const holders = (code === 0 ? JSON.parse(output) : {}) as Readonly<Record<string, string>>;
  return new Map(Object.entries(holders).map(([port, holder]) => [Number(port), holder]));
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
