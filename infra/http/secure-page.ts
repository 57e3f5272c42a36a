import type { ServerResponse } from 'node:http';

/** Pages run only their own script files; they may not be framed, and browsers may not guess their type. */
const PAGE_SECURITY = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Sets the headers that every page for a browser has. */
export function securePage(response: ServerResponse): void {
  for (const [name, value] of Object.entries(PAGE_SECURITY)) response.setHeader(name, value);
}
