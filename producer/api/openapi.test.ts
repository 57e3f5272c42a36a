import { COMMANDS } from '../commands/commands';
import { startApi, type TestApi } from './testing';

type Json = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  /** Absent: false. */
  readonly required?: boolean;
  readonly schema: Json;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Json; example: unknown }>> };
  readonly responses: Readonly<Record<string, Json>>;
}

let api: TestApi;
let document: Json;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
beforeAll(async () => {
  api = await startApi();
  document = (await api.send('GET', '/openapi.json')).json as Json;
  paths = document['paths'] as typeof paths;
});
afterAll(() => api.close(1_000));

const operations = () => Object.values(paths).flatMap((methods) => Object.values(methods));

test('it is OpenAPI 3.1, with a name and a version', () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Library', version: '1' } });
});

test('every operation that is served is described, under a name of its own', () => {
  for (const { path, method, operationId } of COMMANDS) {
    expect(paths[path]?.[method]?.operationId).toBe(operationId);
  }
  expect(new Set(operations().map(({ operationId }) => operationId)).size).toBe(operations().length);
});

test('the path parameters are those in the path', () => {
  for (const [path, methods] of Object.entries(paths)) {
    const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(methods)) {
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(
        places,
      );
      expect(
        parameters.filter((parameter) => parameter.in === 'path').every(({ required }) => required),
      ).toBe(true);
    }
  }
});

test('every reference can be resolved', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) {
    const target = reference
      .split('/')
      .reduce<unknown>((node, key) => (node as Json | undefined)?.[key], document);
    expect(target).toEqual(expect.not.objectContaining({ $ref: `#/${reference}` }));
    expect(target).toBeDefined();
  }
});

test('every response of a write is described', () => {
  const reserve = paths['/v1/books/{bookId}/reservations']?.['post'];
  expect(Object.keys(reserve?.responses ?? {})).toEqual([
    '200',
    '202',
    '400',
    '401',
    '403',
    '406',
    '409',
    '413',
    '415',
    '422',
    '429',
    '500',
    '503',
    '504',
  ]);
  expect(reserve?.parameters.map(({ name }) => name)).toEqual([
    'bookId',
    'Prefer',
    'Idempotency-Key',
    'traceparent',
  ]);
  const cancel = paths['/v1/books/{bookId}/reservations/{reservationId}']?.['delete'];
  expect(Object.keys(cancel?.responses ?? {})).toContain('422');
  const userId = cancel?.parameters.find(({ name }) => name === 'userId');
  expect([userId?.in, userId?.required ?? false]).toEqual(['query', false]);
});

test('the limits of the fields are those that are enforced', () => {
  const body = paths['/v1/books/{bookId}']?.['put']?.requestBody?.content['application/json']?.schema;
  expect(body).toMatchObject({
    additionalProperties: false,
    required: ['title'],
    properties: {
      title: { minLength: 1, maxLength: 500 },
      authors: { maxItems: 50, items: { maxLength: 200 } },
    },
  });
});

test('the examples are valid requests', async () => {
  for (const { path, method } of COMMANDS) {
    const example = paths[path]?.[method]?.requestBody?.content['application/json']?.example;
    const parameters = paths[path]?.[method]?.parameters ?? [];
    const url = path.replace(/\{(\w+)\}/g, (_place, name: string) => {
      const { schema } = parameters.find((parameter) => parameter.name === name)!;
      return (schema['examples'] as string[])[0]!;
    });
    expect((await api.send(method.toUpperCase(), url, { body: example })).status).toBe(202);
  }
});

test('every problem has an example with its own status', () => {
  const { responses } = document['components'] as { responses: Record<string, { content: Json }> };
  const shown = Object.entries(responses).map(([name, { content }]) => {
    const { example } = content['application/problem+json'] as { example?: { status: number } };
    return `${name}: ${example?.status}`;
  });
  expect(shown.length).toBeGreaterThan(5);
  expect(shown).toEqual(Object.keys(responses).map((name) => `${name}: ${name.slice('Problem'.length)}`));
});

test('no number has the limits of safe integers as its bounds', () => {
  expect(JSON.stringify(document)).not.toContain(String(Number.MAX_SAFE_INTEGER));
});
