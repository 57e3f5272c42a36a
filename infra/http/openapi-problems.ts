import type { oas31, ZodOpenApiResponseObject } from 'zod-openapi';
import { Problem, problems, type ProblemKind } from './problem';

/** RFC 9457 as this API fills it in. */
export const problemSchema: oas31.SchemaObject = {
  type: 'object',
  description: 'An error (RFC 9457). Programs go by `code`; `detail` is for people.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri-reference', examples: ['/problems/invalid-request'] },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    code: { type: 'string', examples: ['invalid-request'] },
    errors: {
      type: 'array',
      description: 'The fields that are wrong.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
  additionalProperties: true,
};

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is wrong: `errors` names the fields.',
  401: 'A token is missing or not valid (only where callers have to authenticate).',
  403: 'The role of the caller does not allow this, or it is for somebody else (only where callers have to authenticate); or the page of another site sent it.',
  404: 'There is no such thing, or it belongs to somebody else; `code` says what is missing.',
  406: 'The `accept` header excludes the media type of the answer.',
  409: 'The event was recorded and refused: `code` is the reason.',
  413: 'The body is over 16 KiB.',
  415: 'The body is not JSON.',
  422: 'The Idempotency-Key was used for another request before.',
  429: 'Too many requests (only where a limit is configured).',
  500: 'Something unexpected; it has been logged.',
  503: 'Surely nothing was recorded, or the answer cannot be given yet: try again after `Retry-After`.',
  504: 'The event may have been recorded. What has an Idempotency-Key, a PUT and a DELETE are safe to send again, unchanged.',
};

const example = ({ code, status, title }: ProblemKind, detail: string) =>
  new Problem({ code, status, title }, detail).toJSON();
const seen = (status: number, code: string, title: string, detail: string) =>
  example({ status, code, title }, detail);

/** One of the problems that a status stands for. */
const EXAMPLES: Readonly<Record<number, object>> = {
  400: Problem.invalid([{ path: 'userId', message: 'is missing' }]).toJSON(),
  401: example(problems.unauthenticated, 'The header "authorization: Bearer <token>" is missing.'),
  403: example(problems.forbidden, 'This is for another role.'),
  404: example(problems.notFound, 'Nothing has this ID.'),
  406: example(problems.notAcceptable, 'The answer is application/json.'),
  409: seen(409, 'conflict', 'The request had no effect', 'It does not fit what was recorded before.'),
  413: example(problems.bodyTooLarge, 'A body may have 16 KiB.'),
  415: example(problems.unsupportedMediaType, 'Send it with "content-type: application/json".'),
  422: seen(
    422,
    'idempotency-key-reused',
    'The Idempotency-Key belongs to another request',
    'Use another key for another request.',
  ),
  429: example(problems.tooManyRequests, 'Try again in 1 s.'),
  500: example(problems.internalError, 'It has been logged.'),
  503: Problem.unavailable('Nothing was recorded.', 1).toJSON(),
  504: seen(
    504,
    'maybe-recorded',
    'The request may have been recorded',
    'Send the same request again: it takes effect once, however often it is sent.',
  ),
};

const text = (description: string): oas31.HeaderObject => ({ description, schema: { type: 'string' } });
const retryAfter = { 'Retry-After': text('Seconds to wait before the next attempt.') };
const HEADERS: Readonly<Record<number, oas31.HeadersObject>> = {
  401: { 'WWW-Authenticate': text('What credentials are wanted.') },
  429: {
    ...retryAfter,
    RateLimit: text('What is left, and for how long.'),
    'RateLimit-Policy': text('The limit.'),
  },
  503: retryAfter,
};

/**
 * The shared response objects, `Problem400` and so on, for the statuses that are in use.
 * @param own examples, by status, that are shown instead of the general ones
 */
export function problemResponses(
  statuses: readonly number[],
  own: Readonly<Record<number, object>> = {},
): Record<string, ZodOpenApiResponseObject> {
  const schema = { $ref: '#/components/schemas/Problem' };
  return Object.fromEntries(
    [...new Set(statuses)]
      .sort((a, b) => a - b)
      .map((status) => {
        const headers = HEADERS[status];
        const description = DESCRIPTIONS[status] ?? 'An error.';
        const seenAs = own[status] ?? EXAMPLES[status];
        const content = { 'application/problem+json': { schema, ...(seenAs && { example: seenAs }) } };
        return [`Problem${status}`, { description, ...(headers && { headers }), content }];
      }),
  );
}
