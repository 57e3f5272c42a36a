import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { isOpen, scopeOfStrangers, type Access } from './access';
import { problemResponses, problemSchema } from './openapi-problems';
import { makeReadable } from './openapi-schema';
import type { Page } from './page';
import type { AnyRoute, ResponseDoc } from './route';
import type { WebhookDoc } from './webhook-doc';

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** What the tags of the operations stand for, in the order in which they are shown. */
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
  /** The requests that it sends itself. */
  readonly webhooks?: readonly WebhookDoc[];
  /** Problem documents of this API's own, by status, to be shown as examples. */
  readonly problemExamples?: Readonly<Record<number, object>>;
}

interface DocumentOptions {
  readonly info: ApiInfo;
  readonly routes: readonly AnyRoute[];
  readonly pages: readonly Page[];
  /** Who gets the pages that are not for everybody, by path. */
  readonly pageAccess: Readonly<Record<string, Access>>;
  /** Whether callers have to authenticate. */
  readonly secured: boolean;
}

const text = { type: 'string' } as const;
const PROBLEM = '#/components/responses/Problem';

function responseOf({ description, schema, example, headers }: ResponseDoc, mediaType: string) {
  const content = { ...(schema && { schema }), ...(example !== undefined && { example }) };
  const described = Object.entries(headers ?? {}).map(([name, what]) => [
    name,
    { description: what, schema: text },
  ]);
  return {
    description,
    ...(headers && { headers: Object.fromEntries(described) as oas31.HeadersObject }),
    ...(Object.keys(content).length > 0 && { content: { [mediaType]: content } }),
  };
}

function responsesOf(docs: Readonly<Record<number, ResponseDoc>>, mediaType: string) {
  return Object.fromEntries(
    Object.entries(docs).map(([status, doc]) => [status, responseOf(doc, mediaType)]),
  ) as Record<`2${string}`, ZodOpenApiResponseObject>;
}

function headersOf({ requestHeaders = {} }: AnyRoute): oas31.ParameterObject[] {
  return Object.entries(requestHeaders).map(([name, doc]) => {
    const { description, ...form } = typeof doc === 'string' ? { description: doc } : doc;
    return { name, in: 'header', required: false, description, schema: { ...text, ...form } };
  });
}

function bodyOf(route: AnyRoute): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if ('stream' in route || !route.body) return {};
  const { body: schema, bodyExample: example } = route;
  const content = { 'application/json': { schema, ...(example !== undefined && { example }) } };
  return { requestBody: { required: true, content } };
}

function problemStatuses(route: AnyRoute): number[] {
  // A caller whose token names no role gets nothing anywhere.
  const denied = isOpen(route.access) ? [] : [401, 403];
  const common = [400, ...denied, 406, 429, 500, 503];
  const takesBody = !('stream' in route) && route.body !== undefined;
  const writes = route.method !== 'get';
  const all = [...common, ...(writes ? [413] : []), ...(takesBody ? [415] : []), ...(route.problems ?? [])];
  return [...new Set(all)].sort((a, b) => a - b);
}

/** `{}`: it may also be sent without. */
function wanted(access: Access): oas31.SecurityRequirementObject[] {
  if (isOpen(access)) return [];
  return scopeOfStrangers(access) === 'none' ? [{ token: [] }] : [{}, { token: [] }];
}

/** Who may use it: what a program needs to know (`security`), and what each role gets (`x-access`). */
function securityOf(access: Access, secured: boolean): Pick<ZodOpenApiOperationObject, 'security'> {
  return {
    ...{ 'x-access': access },
    ...(secured && { security: wanted(access) }),
  };
}

function operationOf(route: AnyRoute, secured: boolean): ZodOpenApiOperationObject {
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...securityOf(route.access, secured),
    requestParams: { path: route.params, query: route.query },
    parameters: headersOf(route),
    ...bodyOf(route),
    responses: {
      ...responsesOf(route.responses, 'stream' in route ? route.mediaType : 'application/json'),
      ...Object.fromEntries(problemStatuses(route).map((status) => [status, { $ref: PROBLEM + status }])),
    },
  };
}

function pathsOf({ routes, pages, pageAccess, secured }: DocumentOptions): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route, secured);
  for (const { path, doc } of pages) {
    if (!doc) continue;
    const { mediaType, operationId, tag, summary, responses } = doc;
    const access = pageAccess[path];
    const denied = access ? { 401: { $ref: PROBLEM + 401 }, 403: { $ref: PROBLEM + 403 } } : {};
    (paths[path] ??= {}).get = {
      ...{ operationId, tags: [tag], summary },
      ...(access ? securityOf(access, secured) : secured && { security: [] }),
      responses: { ...responsesOf(responses, mediaType), ...denied },
    };
  }
  return paths;
}

function webhookOf(doc: WebhookDoc, secured: boolean): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, headers, body: schema, example } = doc;
  const responses = Object.entries(doc.responses).map(([status, what]) => [status, { description: what }]);
  return {
    ...{ operationId, tags: [tag], summary, description },
    // Signed, and not authenticated by a token.
    ...(secured && { security: [] }),
    parameters: Object.entries(headers).map(([name, what]) => ({
      ...{ name, in: 'header' as const, required: true, description: what, schema: text },
    })),
    requestBody: { required: true, content: { 'application/json': { schema, example } } },
    responses: Object.fromEntries(responses) as Record<`2${string}`, ZodOpenApiResponseObject>,
  };
}

/** The OpenAPI 3.1 document of the routes, generated from the schemas that also validate requests. */
export function openApiDocument(options: DocumentOptions): object {
  const { info, routes, pageAccess, secured } = options;
  const { tags, webhooks, problemExamples = {}, ...about } = info;
  return createDocument(
    {
      openapi: '3.1.0',
      info: about,
      servers: [{ url: '/', description: 'this server' }],
      ...(tags && { tags: [...tags] }),
      // Where nobody has to authenticate, the document says so once.
      ...(!secured && { security: [] }),
      paths: pathsOf(options),
      ...(webhooks && {
        webhooks: Object.fromEntries(webhooks.map((doc) => [doc.name, { post: webhookOf(doc, secured) }])),
      }),
      components: {
        schemas: { Problem: problemSchema },
        responses: problemResponses(
          [...routes.flatMap(problemStatuses), ...(Object.keys(pageAccess).length > 0 ? [401, 403] : [])],
          problemExamples,
        ),
        ...(secured && { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
      },
    },
    { override: ({ jsonSchema, io }) => makeReadable(jsonSchema, io) },
  );
}
