import { connect, type Socket } from 'node:net';
import { closeContext, createContext, type Context } from '../../app/roles/context';
import { startApi } from '../../app/roles/api';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder, type Encoder } from '../../schemas/codec/codec';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import type { Appender } from '../../infra/event-log/log';
import { EventReader, rejected } from '../../consumer/live/testing';

/** All of them in this one process, on both ends. */
const CLIENTS = 1_000;

describe('live outcomes, on Kafka', () => {
  let environment: TestEnvironment;
  let context: Context;
  let api: Awaited<ReturnType<typeof startApi>>;
  let appender: Appender;
  let encoder: Encoder<Outcome>;

  const startServer = async () => {
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    api = await startApi(context, [], (work) => work());
  };
  const stopServer = async () => {
    await api.close();
    await closeContext(context);
  };

  beforeAll(async () => {
    environment = await createTestEnvironment();
    await startServer();
    appender = environment.log.createAppender();
    encoder = await createEncoder({
      ...{ registry: context.registry, topic: environment.topics.outcomes, schemas: OUTCOMES },
    });
  });

  afterAll(async () => {
    await stopServer();
    await appender.close();
    await environment.close();
  });

  const append = async (...outcomes: Outcome[]) => {
    const records = outcomes.map((outcome) => encodeRecord(outcome, encoder, { source: '/test' }));
    expect(await appender.append(environment.topics.outcomes, records)).not.toContain(undefined);
  };
  const open = (query: string, lastEventId?: string) =>
    EventReader.open(`${api.url}/v1/events${query}`, lastEventId ? { 'last-event-id': lastEventId } : {});
  const counted = async (name: string) =>
    (await context.metrics.getSingleMetric(`library_live_${name}`)!.get()).values[0]?.value ?? 0;

  test('who follows a book or a user hears of each outcome as it comes', async () => {
    const [book, user, all] = [await open('?bookId=b1'), await open('?userId=bob'), await open('')];
    await append(rejected('b1', 'ann', 'a'), rejected('b2', 'bob', 'b'), rejected('b1', 'bob', 'c'));
    expect(await book.codes(2)).toEqual(['a', 'c']);
    expect((await user.codes(2)).sort()).toEqual(['b', 'c']);
    expect((await all.codes(3)).sort()).toEqual(['a', 'b', 'c']);
    [book, user, all].forEach((reader) => reader.close());
  });

  test('nothing is missed while the server is down', async () => {
    const [book, user] = [await open('?bookId=down'), await open('?userId=dora')];
    const others = Array.from({ length: 30 }, (_, i) => rejected(`down-${i}`, 'dora', `a-${i}`));
    await append(rejected('down', 'ann', 'before'), ...others);
    await book.codes(1);
    await user.codes(30);
    await stopServer();
    await Promise.all([book.untilClosed(), user.untilClosed()]);
    await append(rejected('down', 'ann', 'meanwhile'), rejected('elsewhere', 'dora', 'meanwhile'));
    await startServer();
    const bookAgain = await open('?bookId=down', book.lastEventId);
    const userAgain = await open('?userId=dora', user.lastEventId);
    await append(rejected('down', 'ann', 'after'), rejected('down-3', 'dora', 'after'));
    expect(await bookAgain.codes(2)).toEqual(['meanwhile', 'after']);
    const codes = () => userAgain.events.map(({ data }) => data?.['code']);
    await userAgain.until(() => codes().includes('after') && codes().includes('meanwhile'));
    [bookAgain, userAgain].forEach((reader) => reader.close());
  });

  test('a stream goes on from any position of the past, though memory does not reach back so far', async () => {
    const [first, last] = [await open('?bookId=long-ago'), await open('?bookId=now')];
    await append(rejected('long-ago', 'ann', 'seen'));
    await first.codes(1);
    const large = 'x'.repeat(2_000);
    const codes = Array.from({ length: 2_400 }, (_, i) => `${i}-${large}`);
    for (let i = 0; i < codes.length; i += 300) {
      await append(...codes.slice(i, i + 300).map((code) => rejected('long-ago', 'eve', code)));
    }
    await append(rejected('now', 'ann', 'seen'));
    await last.codes(1);
    const [book, user] = [
      await open('?bookId=long-ago', first.events[0]!.id),
      await open('?userId=eve', first.events[0]!.id),
    ];
    expect(await book.codes(codes.length)).toEqual(codes);
    expect(await user.codes(codes.length)).toEqual(codes);
    [first, last, book, user].forEach((reader) => reader.close());
  });

  /** A client that has asked, and then reads nothing more. */
  async function openWithoutReading(query: string): Promise<Socket> {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /v1/events${query} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    return socket;
  }

  test('a client that does not read is dropped, and the others go on', async () => {
    const reader = await open('?bookId=slow');
    const slow = await openWithoutReading('?bookId=slow');
    const before = await counted('dropped_total');
    const large = 'x'.repeat(60_000);
    let sent = 0;
    while ((await counted('dropped_total')) === before) {
      const codes = Array.from({ length: 10 }, () => `${sent++}-${large}`);
      await append(...codes.map((code) => rejected('slow', 'ann', code)));
    }
    const codes = await reader.codes(sent);
    expect(codes.map((code) => Number(String(code).split('-')[0]))).toEqual([...Array(sent).keys()]);
    expect(await counted('dropped_total')).toBe(before + 1);
    slow.destroy();
    reader.close();
  });

  test(`${CLIENTS} clients all get what they follow`, async () => {
    const readers = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => open(i % 2 === 0 ? '' : `?bookId=crowd-${i % 10}`)),
    );
    expect(await counted('clients')).toBe(CLIENTS);
    await append(...Array.from({ length: 20 }, (_, i) => rejected(`crowd-${i % 10}`, 'ann', `${i}`)));
    const codes = await Promise.all(readers.map((reader, i) => reader.codes(i % 2 === 0 ? 20 : 2)));
    codes.forEach((heard, i) => {
      const expected = i % 2 === 0 ? 20 : 2;
      expect(new Set(heard).size).toBe(expected);
      expect(heard).toHaveLength(expected);
    });
    readers.forEach((reader) => reader.close());
  });
});
