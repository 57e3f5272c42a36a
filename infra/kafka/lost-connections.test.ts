import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { logLevel } from 'kafkajs';
import { createLogger } from 'kafkajs/src/loggers';
import Connection from 'kafkajs/src/network/connection';
import Encoder from 'kafkajs/src/protocol/encoder';
import socketFactory from 'kafkajs/src/network/socketFactory';
import { forgetLostConnections } from './lost-connections';

forgetLostConnections();

const sockets: Socket[] = [];
const broker = createServer((socket) => sockets.push(socket));
beforeAll(async () => {
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  broker.close();
});

const createConnection = (requestTimeout: number) =>
  new Connection({
    ...{ host: '127.0.0.1', port: (broker.address() as AddressInfo).port, clientId: 'test' },
    ...{ connectionTimeout: 10_000, requestTimeout },
    socketFactory: socketFactory(),
    logger: createLogger({ level: logLevel.NOTHING, logCreator: () => () => undefined }),
  });

/** Connects; returns the broker's end. */
async function connected(connection: Connection): Promise<Socket> {
  const accepted = once(broker, 'connection') as Promise<[Socket]>;
  await connection.connect();
  return (await accepted)[0];
}

/** What the broker says to its request. */
const ask = (connection: Connection) =>
  connection.send({
    request: { apiKey: 0, apiVersion: 0, apiName: 'Question', encode: () => Promise.resolve(new Encoder()) },
    response: {
      decode: (answer) => Promise.resolve(answer),
      parse: (answer) => Promise.resolve(String(answer)),
    },
  });

/** An answer to the request of this number as it goes over the wire. */
function answerTo(correlationId: number, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + text.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** Connects again, asks what is the second question, which the broker answers, and disconnects; returns what was heard. */
async function askAnew(connection: Connection, answer: string): Promise<string> {
  const brokersEnd = await connected(connection);
  const asked = ask(connection);
  await once(brokersEnd, 'data');
  brokersEnd.write(answerTo(1, answer));
  const heard = await asked;
  await connection.disconnect();
  return heard;
}

test('a connection that was lost holds nothing of its socket, however often it is closed', async () => {
  const connection = createConnection(10_000);
  const brokersEnd = await connected(connection);
  const socket = connection.socket!;
  const lost = new Promise((resolve) => socket.once('close', resolve));
  brokersEnd.resetAndDestroy();
  await lost;

  for (let attempt = 0; attempt < 20; attempt += 1) await connection.disconnect();
  expect(socket.listenerCount('connect')).toBeLessThan(2);
});

test('half an answer of a connection that was lost is no part of the answers of the next one', async () => {
  const connection = createConnection(10_000);
  const first = await connected(connection);
  const lost = ask(connection);
  const arrived = once(connection.socket!, 'data');
  first.write(answerTo(0, 'the broker is killed in the midst of this').subarray(0, 20));
  await arrived;
  first.resetAndDestroy();
  await expect(lost).rejects.toThrow('ECONNRESET');

  expect(await askAnew(connection, 'whole')).toBe('whole');
});

test('a connection over which no answer comes is given up, and the next request goes over another', async () => {
  const connection = createConnection(200);
  await connected(connection);
  const socket = connection.socket!;
  await expect(ask(connection)).rejects.toThrow('timed out');
  expect([socket.destroyed, connection.isConnected()]).toEqual([true, false]);

  expect(await askAnew(connection, 'heard')).toBe('heard');
});
