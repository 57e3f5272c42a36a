import { Client } from 'pg';
import { ACCESS, PAGE_ACCESS, ROLES, type OperationName, type Role } from '../../schemas/access';
import { ApiClient, WAIT, type Answer } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';

const OWN = 'ishmael';
const OTHER = 'queequeg';
const USERS = [OWN, OTHER] as const;
const TOKENS: Readonly<Record<Role, string>> = { patron: 'token-p', staff: 'token-s', analyst: 'token-a' };
const API_TOKENS = `token-p=patron:${OWN};token-s=staff:anna;token-a=analyst:${OWN}`;
const CALLERS = ['anonymous', ...ROLES] as const;
type Name = (typeof CALLERS)[number];
const NAMES = Object.keys(ACCESS) as OperationName[];
const READS = NAMES.filter((name) => name.startsWith('GET '));

const headersOf = (caller: Name): Record<string, string> =>
  caller === 'anonymous' ? {} : { authorization: `Bearer ${TOKENS[caller]}` };

/** What the operations need that take a body; `user` is whom the request is about. */
const BODIES: Partial<Record<OperationName, (user: string) => object>> = {
  'PUT /v1/books/{bookId}': () => ({ title: 'Moby-Dick' }),
  'POST /v1/books/{bookId}/reservations': (userId) => ({ userId }),
  'POST /v1/books/{bookId}/copies/{copyId}/loans': (userId) => ({ userId }),
};
/** Those that name the user in the query. */
const QUERIES: ReadonlySet<OperationName> = new Set([
  'GET /v1/events',
  'DELETE /v1/books/{bookId}/reservations/{reservationId}',
  'POST /v1/books/{bookId}/reservations/{reservationId}/suspension',
  'DELETE /v1/books/{bookId}/reservations/{reservationId}/suspension',
]);

/** Of the pages that are not the same for everybody: `{}` is without credentials. */
const PAGE_SECURITY: Readonly<Record<string, object[]>> = {
  'GET /metrics': [{ token: [] }],
  'GET /readyz': [{}, { token: [] }],
};

describe('who may do what', () => {
  let environment: TestEnvironment;
  let system: RoleProcess;
  const client = new ApiClient(() => system.url);
  const reservations = new Map<string, string>();

  beforeAll(async () => {
    environment = await createTestEnvironment({ API_TOKENS, HTTP_HOST: '127.0.0.1' });
    system = await RoleProcess.start(['api', 'availability', 'demand'], environment.env);
    const staff = { ...headersOf('staff'), ...WAIT };
    await client.put('/v1/books/moby', { title: 'Moby-Dick' }, staff);
    await client.put('/v1/books/moby/copies/c1', undefined, staff);
    await client.put('/v1/books/moby/copies/c2', undefined, staff);
    for (const userId of [OTHER, OWN]) {
      const { status, body } = await client.post('/v1/books/moby/reservations', { userId }, staff);
      expect([status, body['status'], body['userId']]).toEqual([200, 'ready', userId]);
      reservations.set(userId, String(body['reservationId']));
    }
    await setAside(`BookReserved.userId: "${OTHER} and ${OWN}" is not an ID.`);
  }, 120_000);

  afterAll(async () => {
    await system.stop();
    await environment.close();
  });

  /** Stores a dead letter with this reason. */
  async function setAside(reason: string): Promise<void> {
    const database = new Client({ connectionString: environment.config.DATABASE_URL });
    await database.connect();
    await database.query(
      `INSERT INTO library.dead_letters (consumer, topic, partition, "offset", status, reason, headers)
       VALUES ('availability', 'a-topic', 3, 1042, 'dead', $1, '{}')`,
      [reason],
    );
    await database.end();
  }

  async function send(name: OperationName, caller: Name, user: string): Promise<Answer> {
    const [method = '', template = ''] = name.split(' ');
    const path = template
      .replace('{bookId}', 'moby')
      .replace('{copyId}', 'c9')
      .replace('{userId}', user)
      .replace('{reservationId}', reservations.get(user)!);
    const url = QUERIES.has(name) ? `${path}?userId=${user}` : path;
    if (name === 'GET /v1/events') return open(url, caller);
    return client.request(method, url, BODIES[name]?.(user), headersOf(caller));
  }

  /** The status alone: a stream has no end. */
  async function open(url: string, caller: Name): Promise<Answer> {
    const ending = new AbortController();
    const { status, headers } = await fetch(system.url + url, {
      ...{ headers: headersOf(caller), signal: ending.signal },
    });
    ending.abort();
    return { status, headers, body: {} };
  }

  function expected(name: OperationName, caller: Name, user: string): number {
    const scope = ACCESS[name][caller];
    if (caller === 'anonymous' && scope === 'none') return 401;
    if (scope === 'none') return 403;
    if (scope === 'own' && user !== OWN)
      return name === 'GET /v1/books/{bookId}/reservations/{reservationId}' ? 404 : 403;
    return name.startsWith('GET') ? 200 : 202;
  }

  const others = () => [OTHER, reservations.get(OTHER)!];

  test.each(READS)('%s: each role gets what the table says, of its own and of others', async (name) => {
    for (const caller of CALLERS) {
      for (const user of USERS) {
        const { status, body, headers } = await send(name, caller, user);
        expect([caller, user, status]).toEqual([caller, user, expected(name, caller, user)]);
        if (status === 401) expect(headers.get('www-authenticate')).toBe('Bearer realm="library"');
        if (status !== 200) continue;
        const shown = JSON.stringify(body);
        if (caller === 'patron') for (const secret of others()) expect(shown).not.toContain(secret);
        // Their own name is no secret to them.
        if (caller === 'analyst' && name !== 'GET /v1/me')
          for (const secret of USERS) expect(shown).not.toContain(secret);
      }
    }
  });

  test('in the lists of a book a patron finds their own reservation whole, and others without whose they are', async () => {
    const get = async (what: string, caller: Name) =>
      (await client.get<{ items: Record<string, unknown>[] }>(`/v1/books/moby/${what}`, headersOf(caller)))
        .body.items;
    const own = { userId: OWN, reservationId: reservations.get(OWN), copyId: 'c2' };
    const [first, second] = await get('reservations', 'patron');
    expect(first).toMatchObject({ userId: null, reservationId: null, copyId: null, status: 'ready' });
    expect(second).toMatchObject({ ...own, status: 'ready' });
    expect(await get('copies', 'patron')).toMatchObject([
      { copyId: 'c1', status: 'reserved', userId: null, reservationId: null },
      { ...own, status: 'reserved' },
    ]);
    const history = (await get('history', 'patron')).map(({ data }) => data);
    expect(history.slice(-2)).toEqual([{}, { userId: OWN, reservationId: reservations.get(OWN) }]);
    expect(await get('history', 'staff')).toMatchObject([
      {},
      {},
      {},
      { data: { userId: OTHER } },
      { data: { userId: OWN } },
    ]);
    expect(await get('history', 'analyst')).toMatchObject([
      {},
      {},
      {},
      { data: { userId: null } },
      { data: { userId: null } },
    ]);
  });

  test('of the reason of a dead letter an analyst is not shown what it quotes', async () => {
    const reasonFor = async (caller: Name) => {
      const { body } = await client.get<{ items: object[] }>('/v1/dead-letters', headersOf(caller));
      return body.items;
    };
    const letter = { position: '3:1042', consumer: 'availability', bookId: null, status: 'dead', behind: 0 };
    expect(await reasonFor('staff')).toMatchObject([
      { ...letter, reason: `BookReserved.userId: "${OTHER} and ${OWN}" is not an ID.` },
    ]);
    expect(await reasonFor('analyst')).toMatchObject([
      { ...letter, reason: 'BookReserved.userId: "…" is not an ID.' },
    ]);
  });

  test('staff and analysts see how far the consumers are', async () => {
    const { body } = await client.get<{ items: object[] }>('/v1/consumers', headersOf('analyst'));
    expect(body.items).toMatchObject([
      { consumer: 'availability', topic: environment.topics.reservations, lag: 0, end: 5, setAside: 0 },
      { consumer: 'demand', lag: expect.any(Number) },
    ]);
  });

  test("another's reservation is answered as one that there is not", async () => {
    const none = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';
    const at = (id: string) => client.get(`/v1/books/moby/reservations/${id}`, headersOf('patron'));
    const id = reservations.get(OTHER)!;
    const [another, missing] = [await at(id), await at(none)];
    expect(JSON.stringify(another.body).replace(id, none)).toBe(JSON.stringify(missing.body));
  });

  test("a patron who asks to change another's reservation in their own name is refused by the stream", async () => {
    const path = `/v1/books/moby/reservations/${reservations.get(OTHER)}`;
    for (const [method, url] of [
      ['DELETE', path],
      ['POST', `${path}/suspension`],
      ['DELETE', `${path}/suspension`],
    ]) {
      const answer = await client.request(method!, url!, undefined, { ...headersOf('patron'), ...WAIT });
      expect([answer.status, answer.body['code']]).toEqual([409, 'not-owner']);
      expect(JSON.stringify(answer.body)).not.toContain(OTHER);
    }
    const { body } = await client.get(path, headersOf('staff'));
    expect(body).toMatchObject({ status: 'ready', suspended: false });
  });

  test.each(NAMES.filter((name) => !READS.includes(name)))(
    '%s: each role may what the table says',
    async (name) => {
      // Staff last: what they do takes effect.
      for (const caller of ['anonymous', 'analyst', 'patron', 'staff'] as const) {
        for (const user of USERS) {
          const { status } = await send(name, caller, user);
          expect([caller, user, status]).toEqual([caller, user, expected(name, caller, user)]);
        }
      }
    },
  );

  test.each(Object.entries(PAGE_ACCESS))('the page %s is for whom the table says', async (path, access) => {
    for (const caller of CALLERS) {
      const { status } = await client.get(path.replace('{code}', 'forbidden'), headersOf(caller));
      const denied = caller === 'anonymous' ? 401 : 403;
      expect([caller, status]).toEqual([caller, access[caller] === 'none' ? denied : 200]);
    }
  });

  test('the table has every operation, and OpenAPI describes the access of each', async () => {
    type Described = { 'x-access': object; security: unknown[]; responses: Record<string, object> };
    const { body } = await client.get<{ paths: Record<string, Record<string, Described>> }>('/openapi.json');
    const served = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    );
    const operations = served.filter(([name]) => name.includes(' /v1/'));
    expect(operations.map(([name]) => name).sort()).toEqual([...NAMES].sort());
    for (const [name, operation] of operations) {
      const access = ACCESS[name as OperationName];
      expect(operation['x-access']).toEqual(access);
      expect(operation.security).toEqual([{ token: [] }]);
      for (const status of ['401', '403']) expect(operation.responses).toHaveProperty(status);
    }
    for (const [name, { security }] of served.filter(([each]) => !each.includes(' /v1/')))
      expect([name, security]).toEqual([name, PAGE_SECURITY[name] ?? []]);
  });

  test('denials are counted and logged, without credentials', async () => {
    await client.get('/v1/books', { authorization: 'Bearer wrong-token' });
    await client.get(`/v1/users/${OTHER}/reservations`, headersOf('patron'));
    const { body } = await client.get('/metrics', headersOf('analyst'));
    const text = body as unknown as string;
    expect(text).toMatch(
      /^http_denied_total\{status="401",operation="GET \/v1\/books",role="unknown"\} \d+$/m,
    );
    expect(text).toMatch(
      /^http_denied_total\{status="403",operation="GET \/v1\/users\/\{userId\}\/reservations",role="patron"\}/m,
    );
    const denied = system.log.filter((line) => line.includes('"msg":"denied"'));
    expect(denied.some((line) => line.includes(`"name":"${OWN}"`))).toBe(true);
    expect(system.log.join('\n')).not.toMatch(/wrong-token|token-[psa]/);
    expect(system.log.find((line) => line.includes('"msg":"API ready"'))).toContain('"auth":"tokens"');
  });
});
