import type { JsonSchema } from './openapi-schema';

/** RFC 9457 as this API fills it in. */
export const problemSchema: JsonSchema = {
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
  401: 'A token is missing or not known (only where tokens are configured).',
  403: 'The token does not allow this (only where tokens are configured).',
  404: 'There is no such thing; `code` says what is missing.',
  406: 'The `accept` header excludes the media type of the answer.',
  409: 'The event was recorded and refused: `code` is the reason.',
  413: 'The body is over 16 KiB.',
  415: 'The body is not JSON.',
  422: 'The Idempotency-Key was used for another request before.',
  429: 'Too many requests (only where a limit is configured).',
  500: 'Something unexpected; it has been logged.',
  503: 'Surely nothing was recorded, or the answer cannot be given yet: try again after `Retry-After`.',
  504: 'The event may have been recorded: repeat the request with the same Idempotency-Key.',
};

const text = (description: string) => ({ description, schema: { type: 'string' } });
const retryAfter = { 'Retry-After': text('Seconds to wait before the next attempt.') };
const HEADERS: Readonly<Record<number, object>> = {
  401: { 'WWW-Authenticate': text('What credentials are wanted.') },
  429: {
    ...retryAfter,
    RateLimit: text('What is left, and for how long.'),
    'RateLimit-Policy': text('The limit.'),
  },
  503: retryAfter,
};

/** The shared response objects, `Problem400` and so on, for the statuses that are in use. */
export function problemResponses(statuses: readonly number[]): Record<string, object> {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...new Set(statuses)]
      .sort((a, b) => a - b)
      .map((status) => {
        const headers = HEADERS[status];
        const description = DESCRIPTIONS[status] ?? 'An error.';
        return [`Problem${status}`, { description, ...(headers && { headers }), content }];
      }),
  );
}
