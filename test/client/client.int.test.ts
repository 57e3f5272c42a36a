import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createLibrary, LibraryError, type Library, type LibraryEvent } from '../../client/library';
import { until } from '../../infra/event-log/conformance/harness';
import { projectRoot } from '../../infra/local/run';
import { LendingDesk } from '../e2e/lending/desk';
import { TcpProxy } from '../tcp-proxy';

describe('the client of the API', () => {
  const desk = new LendingDesk();
  let url: string;
  let proxy: TcpProxy;
  let library: Library;
  /** Of each try of a write. */
  const keys: string[] = [];

  beforeAll(async () => {
    await desk.start([[]]);
    url = desk.processes[0]!.url;
    const proxied = await TcpProxy.before(url);
    proxy = proxied.proxy;
    const counted = (request: Request) => {
      if (request.method === 'POST') keys.push(request.headers.get('idempotency-key')!);
      return fetch(request);
    };
    library = createLibrary({ baseUrl: proxied.url, fetch: counted });
  });

  const abort = new AbortController();
  afterAll(async () => {
    abort.abort();
    await proxy?.close();
    await desk.stop();
  });

  const reserve = (bookId: string, userId: string) =>
    library.post('/v1/books/{bookId}/reservations', { params: { path: { bookId } }, body: { userId } });
  const errorOf = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(LibraryError);
    return error as LibraryError;
  };

  test('a reservation has a receipt with its position at once, and its outcome when it is asked for', async () => {
    const bookId = await desk.bookWithCopies('c1');
    const receipts = [await reserve(bookId, 'ann'), await reserve(bookId, 'bob')];
    expect(receipts).toMatchObject([
      { status: 'accepted', userId: 'ann', position: expect.stringMatching(/^\d+:\d+$/) },
      { status: 'accepted', userId: 'bob', position: expect.stringMatching(/^\d+:\d+$/) },
    ]);
    expect(await library.outcome(receipts[0]!)).toMatchObject({ status: 'ready', copyId: 'c1' });
    expect(await library.outcome(receipts[1]!)).toMatchObject({ status: 'waiting', queuePosition: 1 });
  });

  test('what is refused is an error with its status and code', async () => {
    const none = { bookId: 'there-is-none' };
    expect(await errorOf(library.get('/v1/books/{bookId}', { params: { path: none } }))).toMatchObject({
      ...{ status: 404, code: 'unknown-book', errors: [] },
    });
    const params = { path: none, header: { Prefer: 'wait=20', 'Idempotency-Key': 'one' } };
    const sent = library.post('/v1/books/{bookId}/reservations', { params, body: { userId: 'ann' } });
    expect(await errorOf(sent)).toMatchObject({ status: 409, code: 'unknown-book' });
    const other = library.post('/v1/books/{bookId}/reservations', { params, body: { userId: 'bob' } });
    expect(await errorOf(other)).toMatchObject({ status: 422 });
    const wrong = await errorOf(library.get('/v1/books', { params: { query: { limit: 1_000 } } }));
    expect(wrong).toMatchObject({ status: 400, errors: [{ message: expect.any(String) as string }] });
    expect(wrong.errors[0]!.path).toContain('limit');
  });

  test('a write whose answer is lost is sent again, and recorded once', async () => {
    const bookId = await desk.bookWithCopies();
    // The write goes over the connection of this request, which stays open.
    await library.get('/v1/books/{bookId}', { params: { path: { bookId } } });
    proxy.silence('answers');
    keys.length = 0;
    const reserving = reserve(bookId, 'ann');
    await until(async () => (await desk.reservationsOf(bookId)).length > 0, 'the reservation');
    proxy.leadTo(url);
    const receipt = await reserving;
    expect(keys).toEqual([keys[0], keys[0]]);
    const history = await library.get('/v1/books/{bookId}/history', {
      params: { path: { bookId }, query: { after: receipt.position } },
    });
    const took = history.items.filter(({ type, code }) => type === 'BookReserved' && code === null);
    expect(took).toHaveLength(1);
    expect(await desk.reservationsOf(bookId)).toMatchObject([{ reservationId: receipt.reservationId }]);
  });

  test('live events go on after a cut connection: each comes once, and ends with its signal', async () => {
    const books = [await desk.bookWithCopies('c1'), await desk.bookWithCopies('c1')];
    const events: LibraryEvent[] = [];
    let opened = 0;
    const onConnection = (isOpen: boolean) => {
      if (isOpen) opened += 1;
    };
    const following = (async () => {
      const { signal } = abort;
      for await (const event of library.events({ signal, onConnection })) events.push(event);
    })();
    await until(() => opened === 1, 'the stream to open');
    for (const bookId of books) await desk.reserve(bookId, 'ann');
    await until(() => events.length === 2, 'the first events');
    proxy.leadTo('http://127.0.0.1:1');
    for (const bookId of books) await desk.reserve(bookId, 'bob');
    proxy.leadTo(url);
    await until(() => opened === 2 && events.length >= 4, 'those of the time without a connection');
    for (const bookId of books) await desk.reserve(bookId, 'cat');
    const countOf = (bookId: string) => events.filter((event) => event.bookId === bookId).length;
    await until(() => books.every((bookId) => countOf(bookId) >= 3), 'the last events');
    abort.abort();
    await following;
    for (const bookId of books) {
      expect(events.filter((event) => event.bookId === bookId)).toMatchObject([
        { type: 'ReservationReady', userId: 'ann', copyId: 'c1' },
        { type: 'ReservationWaitlisted', userId: 'bob', queuePosition: 1 },
        { type: 'ReservationWaitlisted', userId: 'cat', queuePosition: 2 },
      ]);
    }
    const later = events.slice(2).map(({ id, type, bookId, userId }) => `${id} ${type} ${bookId} ${userId}`);
    const isEnough = (lines: readonly string[]) => later.every((line) => lines.includes(line));
    expect(isEnough(await linesOf('follow', [events[1]!.id], isEnough))).toBe(true);
  });

  test('the example reserves, and says why where it cannot', async () => {
    const bookId = await desk.bookWithCopies('c1');
    const [line] = await linesOf('reserve', [bookId, 'ann']);
    expect(line).toMatch(/^\d+:\d+ ready $/);
    expect(await linesOf('reserve', ['there-is-none', 'ann'])).toEqual([
      expect.stringMatching(/^unknown-book: /),
    ]);
  });

  /** What an example says, until it is enough. `follow` is given the ID of the last event, which it finds in its file. */
  async function linesOf(
    example: string,
    args: readonly string[],
    isEnough = (lines: readonly string[]) => lines.length > 0,
  ): Promise<string[]> {
    const folder = mkdtempSync(path.join(tmpdir(), 'client-'));
    const file = path.join(folder, 'last-event-id');
    writeFileSync(file, args[0]!);
    const program = path.join(projectRoot(), `dist/examples/${example}.js`);
    const child = spawn(process.execPath, [program, ...(example === 'follow' ? [file] : args)], {
      env: { LIBRARY_URL: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (isEnough(lines)) break;
    }
    child.kill();
    await closed;
    rmSync(folder, { recursive: true, force: true });
    return lines;
  }
});
