import Ajv2020 from 'ajv/dist/2020';
import { ApiClient, WAIT, type Answer } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: { readonly examples?: readonly unknown[] };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>>;
  };
}

/** A life of the examples' book: what each operation needs comes before it. Operations that are not named are reads. */
const FIRST = ['catalogueBook', 'addCopy', 'reserveBook'];
const LAST = [
  ...['suspendReservation', 'resumeReservation', 'cancelReservation'],
  ...['borrowCopy', 'returnCopy', 'withdrawCopy'],
];

let environment: TestEnvironment;
let role: RoleProcess;
let api: ApiClient;
let document: Document;

beforeAll(async () => {
  environment = await createTestEnvironment();
  role = await RoleProcess.start([], environment.env);
  api = new ApiClient(() => role.url);
  document = (await api.get('/openapi.json')).body as unknown as Document;
});

afterAll(async () => {
  await role?.stop();
  await environment?.close();
});

const pointer = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** What is wrong with a value, by the schema at this place of the document. */
function faultsOf(value: unknown, place: readonly string[]): string {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, 'document');
  const reference = `document#/${place.map(pointer).map(encodeURIComponent).join('/')}`;
  ajv.validate({ $ref: reference }, value);
  return ajv.errorsText();
}

test('every operation takes the examples of its parameters and body, and answers as its schema says', async () => {
  const operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod)
      .filter(([, { operationId, responses }]) => operationId && responses['200'])
      .map(([method, operation]) => ({ path, method, operation })),
  );
  const idsOf = (all: typeof operations) => all.map(({ operation }) => operation.operationId);
  const named = new Set([...FIRST, ...LAST]);
  const reads = idsOf(operations.filter(({ path }) => path.startsWith('/v1/'))).filter(
    (id) => !named.has(id),
  );
  const order = [...FIRST, ...reads, ...LAST];
  const given: Record<string, string> = {};
  const found: Record<string, unknown> = {};
  for (const id of order) {
    const { path, method, operation } = operations.find(({ operation }) => operation.operationId === id)!;
    const examples = (operation.parameters ?? []).flatMap((one) =>
      one.schema.examples ? [{ ...one, example: given[one.name] ?? String(one.schema.examples[0]) }] : [],
    );
    const to = examples
      .filter((one) => one.in === 'path')
      .reduce((url, { name, example }) => url.replace(`{${name}}`, encodeURIComponent(example)), path);
    const query = new URLSearchParams();
    for (const one of examples) if (one.in === 'query') query.set(one.name, one.example);
    const body = operation.requestBody?.content['application/json']?.example;
    const url = query.size > 0 ? `${to}?${query}` : to;
    const ask = (headers: Record<string, string>) =>
      id === 'followOutcomes' ? opened(url) : api.request(method.toUpperCase(), url, body, headers);
    // A write is sent twice: waiting for what it came to, and not.
    for (const headers of method === 'get' ? [{}] : [WAIT, {}]) {
      const { status, body: answer, headers: answered } = await ask(headers);
      const type = answered.get('content-type')!.split(';')[0]!;
      const place = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
      found[`${id} ${status}`] =
        status in operation.responses && status < 300 ? faultsOf(answer, place) : answer;
      if (id === 'reserveBook' && status === 200) given['reservationId'] = String(answer['reservationId']);
    }
  }
  const expected = order.flatMap((id) =>
    reads.includes(id)
      ? [[`${id} 200`, 'No errors']]
      : [200, 202].map((status) => [`${id} ${status}`, 'No errors']),
  );
  expect(found).toEqual(Object.fromEntries(expected));
  expect(reads.length).toBeGreaterThan(10);
});

test('every example of an answer is as its schema says', () => {
  const examples = Object.entries(document.components.schemas).flatMap(([name, { examples = [] }]) =>
    examples.map((example) => [name, faultsOf(example, ['components', 'schemas', name])]),
  );
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.filter(([, faults]) => faults !== 'No errors')).toEqual([]);
});

/** The beginning of a stream. */
async function opened(url: string): Promise<Answer> {
  const stopping = new AbortController();
  const headers = { accept: 'text/event-stream' };
  const response = await fetch(role.url + url, { headers, signal: stopping.signal });
  const { value } = await response.body!.getReader().read();
  stopping.abort();
  const body = Buffer.from(value!).toString() as unknown as Answer['body'];
  return { status: response.status, headers: response.headers, body };
}
