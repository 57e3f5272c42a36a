import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { freePorts } from '../local/ports';
import { waitUntil } from '../local/wait';
import { NotAppendedError } from '../event-log/log';
import { createLogger } from '../logger';
import { KafkaAppender } from './appender';

const RECORD = { key: 'k', value: Buffer.from('v'), headers: {} };

function createAppender(port: number): KafkaAppender {
  const settings = { brokers: [`127.0.0.1:${port}`], clientId: 'test' };
  return new KafkaAppender(settings, createLogger('silent'), { timeout: 150 });
}

describe('a broker that takes connections and says nothing', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('was surely given nothing, and no connection to it stays open', async () => {
    const appender = createAppender(port);
    for (let time = 0; time < 3; time++) {
      await expect(appender.append('topic', [RECORD])).rejects.toThrow(NotAppendedError);
    }
    await appender.close();
    await waitUntil(() => sockets.size === 0, {
      what: 'connections were not closed',
      timeout: 4_000,
      every: 20,
    });
  });
});

test('nothing is appended where nobody listens', async () => {
  const [port = 0] = await freePorts(1);
  const appender = createAppender(port);
  await expect(appender.append('topic', [RECORD])).rejects.toThrow(NotAppendedError);
  await appender.close();
});
