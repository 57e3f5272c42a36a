import type { ServerResponse } from 'node:http';

/** Pages run only their own script files; they may not be framed, and browsers may not guess their type. */
const PAGE_SECURITY = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** The page for people is ours down to the last file: nothing in it may run, load or connect that is not from this server. */
const WEB_SECURITY = {
  ...PAGE_SECURITY,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
};

/** As `securePage`, for the page for people and its files: the headers of helmet, but for HSTS, which is for whoever ends TLS. */
export function secureWebPage(response: ServerResponse): void {
  for (const [name, value] of Object.entries(WEB_SECURITY)) response.setHeader(name, value);
}

/** Sets the headers that every page for a browser has. */
export function securePage(response: ServerResponse): void {
  for (const [name, value] of Object.entries(PAGE_SECURITY)) response.setHeader(name, value);
}
