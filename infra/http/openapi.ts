import { jsonSchemaOf, type Components, type JsonSchema } from './openapi-schema';
import { problemResponses, problemSchema } from './openapi-problems';
import type { Page } from './page';
import type { AnyRoute, ResponseDoc } from './route';

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** What the tags of the operations stand for, in the order in which they are shown. */
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
}

interface DocumentOptions {
  readonly info: ApiInfo;
  readonly routes: readonly AnyRoute[];
  readonly pages: readonly Page[];
  /** Whether tokens are configured. */
  readonly secured: boolean;
}

const headersDoc = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

function responseOf(doc: ResponseDoc, mediaType: string, components: Components): object {
  const { description, schema, example, headers } = doc;
  const content = {
    ...(schema && { schema: jsonSchemaOf(schema, 'output', components) }),
    ...(example !== undefined && { example }),
  };
  return {
    description,
    ...(headers && { headers: headersDoc(headers) }),
    ...(Object.keys(content).length > 0 && { content: { [mediaType]: content } }),
  };
}

function responsesOf(docs: Readonly<Record<number, ResponseDoc>>, mediaType: string, components: Components) {
  return Object.fromEntries(
    Object.entries(docs).map(([status, doc]) => [status, responseOf(doc, mediaType, components)]),
  );
}

function parametersOf(route: AnyRoute, components: Components): object[] {
  const fields = (place: 'path' | 'query') => {
    const schema = jsonSchemaOf(place === 'path' ? route.params : route.query, 'input', components);
    const required = (schema['required'] ?? []) as string[];
    return Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>).map(
      ([name, { description, ...property }]) => ({
        name,
        in: place,
        required: place === 'path' || required.includes(name),
        ...(description !== undefined && { description }),
        schema: property,
      }),
    );
  };
  const headers = Object.entries(route.requestHeaders ?? {}).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...fields('path'), ...fields('query'), ...headers];
}

function bodyOf(route: AnyRoute, components: Components): object {
  if ('stream' in route || !route.body) return {};
  const schema = jsonSchemaOf(route.body, 'input', components);
  const example = route.bodyExample === undefined ? {} : { example: route.bodyExample };
  return { requestBody: { required: true, content: { 'application/json': { schema, ...example } } } };
}

function problemStatuses(route: AnyRoute): number[] {
  const common = [400, 401, 403, 406, 429, 500];
  const takesBody = !('stream' in route) && route.body !== undefined;
  const writes = route.method !== 'get';
  const all = [...common, ...(writes ? [413] : []), ...(takesBody ? [415] : []), ...(route.problems ?? [])];
  return [...new Set(all)].sort((a, b) => a - b);
}

function operationOf(route: AnyRoute, components: Components): object {
  const mediaType = 'stream' in route ? route.mediaType : 'application/json';
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    parameters: parametersOf(route, components),
    ...bodyOf(route, components),
    responses: {
      ...responsesOf(route.responses, mediaType, components),
      ...Object.fromEntries(
        problemStatuses(route).map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
      ),
    },
  };
}

function pageOperation({ doc }: Page, components: Components): object | undefined {
  if (!doc) return undefined;
  const { mediaType, operationId, tag, summary, responses } = doc;
  return {
    operationId,
    tags: [tag],
    summary,
    security: [],
    responses: responsesOf(responses, mediaType, components),
  };
}

function pathsOf({ routes, pages }: DocumentOptions, components: Components): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  const add = (path: string, method: string, operation: object | undefined) => {
    if (operation) (paths[path] ??= {})[method] = operation;
  };
  for (const route of routes) add(route.path, route.method, operationOf(route, components));
  for (const page of pages) add(page.path, 'get', pageOperation(page, components));
  return paths;
}

/** The OpenAPI 3.1 document of the routes, made from the schemas that also validate. */
export function openApiDocument(options: DocumentOptions): object {
  const { info, routes, secured } = options;
  const { tags, ...about } = info;
  const components: Components = { Problem: problemSchema };
  const paths = pathsOf(options, components);
  const statuses = routes.flatMap(problemStatuses);
  return {
    openapi: '3.1.0',
    info: about,
    servers: [{ url: '/', description: 'this server' }],
    ...(tags && { tags }),
    ...(secured && { security: [{ token: [] }] }),
    paths,
    components: {
      schemas: components,
      responses: problemResponses(statuses),
      ...(secured && { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}
