import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { logLevel } from 'kafkajs';
import { createLogger } from 'kafkajs/src/loggers';
import Connection from 'kafkajs/src/network/connection';
import socketFactory from 'kafkajs/src/network/socketFactory';
import { forgetDeadSockets } from './dead-sockets';

forgetDeadSockets();

const broker = createServer();
beforeAll(async () => {
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
});
afterAll(() => broker.close());

test('a connection that was lost holds nothing of its socket, however often it is closed', async () => {
  const connection = new Connection({
    ...{ host: '127.0.0.1', port: (broker.address() as AddressInfo).port, clientId: 'test' },
    connectionTimeout: 10_000,
    socketFactory: socketFactory(),
    logger: createLogger({ level: logLevel.NOTHING, logCreator: () => () => undefined }),
  });
  const accepted = once(broker, 'connection') as Promise<[Socket]>;
  await connection.connect();
  const socket = connection.socket!;
  const lost = new Promise((resolve) => socket.once('close', resolve));
  (await accepted)[0].resetAndDestroy();
  await lost;

  for (let attempt = 0; attempt < 20; attempt += 1) await connection.disconnect();
  expect(socket.listenerCount('connect')).toBeLessThan(2);
});
