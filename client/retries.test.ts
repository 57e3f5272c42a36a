import { createLibrary, LibraryError, type LibraryOptions } from './library';

type Answer = readonly [status: number, headers?: Record<string, string>] | 'none' | 'cut';

const RECEIPT = { status: 'accepted', eventId: 'e', position: '1:2', bookId: 'emma', copyId: 'c' };
const problem = (status: number) => ({
  ...{ type: '/problems/x', title: 'X', status, code: `code-${status}`, detail: 'Because.' },
});

/** A server that gives these answers in turn, and the last one from then on. */
function server(...answers: readonly Answer[]) {
  const requests: { method: string; key: string | null; token: string | null; body: string; at: number }[] =
    [];
  const fetch = async (request: Request): Promise<Response> => {
    const answer = answers[Math.min(requests.length, answers.length - 1)]!;
    const { method, headers } = request;
    requests.push({
      ...{ method, key: headers.get('idempotency-key'), token: headers.get('authorization') },
      ...{ body: await request.text(), at: performance.now() },
    });
    if (answer === 'none') throw new TypeError('fetch failed');
    if (answer === 'cut') {
      const broken = new ReadableStream({ pull: (stream) => stream.error(new TypeError('terminated')) });
      return new Response(broken, { status: 202 });
    }
    const [status, more] = answer;
    const isFine = status < 300;
    const type = isFine ? 'application/json' : 'application/problem+json';
    const body = JSON.stringify(isFine ? RECEIPT : problem(status));
    return new Response(body, { status, headers: { 'content-type': type, ...more } });
  };
  const library = (options: Partial<LibraryOptions> = {}) =>
    createLibrary({ baseUrl: 'http://library.test/', fetch, ...options });
  return { requests, library };
}

const COPY = { params: { path: { bookId: 'emma' } }, body: { userId: 'ann' } } as const;
const reserve = (library: ReturnType<typeof createLibrary>, init: object = {}) =>
  library.post('/v1/books/{bookId}/reservations', { ...COPY, ...init });

test.each<[string, Answer]>([
  ['no answer', 'none'],
  ['half an answer', 'cut'],
  ['429', [429]],
  ['502', [502]],
  ['503', [503]],
  ['504', [504]],
])('after %s a write is sent again with its key and its body', async (_, answer) => {
  const { requests, library } = server(answer, [202]);
  expect(await reserve(library())).toEqual(RECEIPT);
  const [first, second] = requests.map(({ key, body }) => ({ key, body }));
  expect(first).toEqual({
    key: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    body: '{"userId":"ann"}',
  });
  expect(second).toEqual(first);
  expect(requests).toHaveLength(2);
});

test('each write has a key of its own, unless it is given one; reads have none', async () => {
  const { requests, library } = server([202]);
  await reserve(library());
  await reserve(library());
  await reserve(library(), { params: { ...COPY.params, header: { 'Idempotency-Key': 'mine' } } });
  await library().get('/v1/books');
  const keys = requests.map(({ key }) => key);
  expect(new Set(keys).size).toBe(4);
  expect(keys.slice(2)).toEqual(['mine', null]);
});

test('nothing is sent before Retry-After', async () => {
  const { requests, library } = server([503, { 'retry-after': '1' }], [202]);
  await reserve(library());
  expect(requests[1]!.at - requests[0]!.at).toBeGreaterThanOrEqual(990);
});

test.each([400, 401, 404, 409, 422, 500])('%d is an error at once', async (status) => {
  const { requests, library } = server([status], [202]);
  const error = await reserve(library()).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(LibraryError);
  expect(error).toMatchObject({ status, code: `code-${status}`, detail: 'Because.', errors: [] });
  expect(requests).toHaveLength(1);
});

test('what lasts longer than the patience is an error, with what the server said', async () => {
  const { requests, library } = server([429, { 'retry-after': '60' }]);
  await expect(reserve(library())).rejects.toMatchObject({ status: 429, retryAfter: 60 });
  expect(requests).toHaveLength(1);
  const away = server('none');
  await expect(reserve(away.library({ patience: 500 }))).rejects.toMatchObject({
    status: 0,
    code: 'offline',
  });
  const once = server([503]);
  await expect(reserve(once.library({ patience: 0 }))).rejects.toMatchObject({ status: 503 });
  expect(once.requests).toHaveLength(1);
});

test('a try that takes too long is given up, and made again', async () => {
  let tries = 0;
  const never = ({ signal }: Request) =>
    new Promise<Response>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const fetch = (request: Request) =>
    tries++ === 0 ? never(request) : Promise.resolve(Response.json(RECEIPT));
  const library = createLibrary({ baseUrl: 'http://library.test', timeout: 50, fetch });
  expect(await reserve(library)).toEqual(RECEIPT);
  expect(tries).toBe(2);
});

test('an abort ends a request that waits to be sent again', async () => {
  const { library } = server([503, { 'retry-after': '30' }]);
  const abort = new AbortController();
  const waiting = reserve(library(), { signal: abort.signal });
  setImmediate(() => abort.abort());
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('the token is asked for before each try', async () => {
  const { requests, library } = server([503], [202]);
  let asked = 0;
  await reserve(library({ token: () => Promise.resolve(`token-${asked++}`) }));
  expect(requests.map(({ token }) => token)).toEqual(['Bearer token-0', 'Bearer token-1']);
});
