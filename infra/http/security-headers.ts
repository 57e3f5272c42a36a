import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * What every answer tells a browser: an answer of the API is data. It loads nothing, runs nothing, may not be framed, and is no
 * other type than it says; pages of other sites may not embed it, and addresses of ours are not told to others.
 * `Strict-Transport-Security` is for who speaks TLS.
 */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const satisfies OutgoingHttpHeaders;

/** Sets them on an answer whose headers are not written at once. A page for people then sets a policy of its own (`securePage`). */
export function secureAnswer(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
}
