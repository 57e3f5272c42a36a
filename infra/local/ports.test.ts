import { createServer, type AddressInfo } from 'node:net';
import { freePorts, isBusy } from './ports';

describe('ports', () => {
  test('are free and distinct when free ones are requested', async () => {
    const ports = await freePorts(5);
    expect(new Set(ports).size).toBe(5);
    expect(await Promise.all(ports.map(isBusy))).toEqual([false, false, false, false, false]);
  });

  test.each(['127.0.0.1', '0.0.0.0', '::'])('are busy when a program listens on %s', async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    expect(await isBusy((server.address() as AddressInfo).port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });
});
