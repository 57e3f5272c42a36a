import { Problem } from '../../infra/http/problem';

/**
 * The Idempotency-Key of a request, if it has one.
 * @throws {Problem} 400 when it is not 1 to 255 visible ASCII characters
 */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined || /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw Problem.invalid([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A `traceparent` header (W3C Trace Context), unchanged; one that is not well-formed counts as absent. */
export function traceparentOf(header: string | undefined): string | undefined {
  return header !== undefined && TRACEPARENT.test(header) ? header : undefined;
}

/** How long a client may wait at most, in seconds. */
const LONGEST_WAIT = 30;

/** A token, optionally `=` and a token or a quoted string; parameters after `;` are ignored. */
const PREFERENCE = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?\s*(?:;|$)/;

/** Splits at commas that are not in quotes. */
function elementsOf(header: string): string[] {
  return header.match(/(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/g) ?? [];
}

/**
 * How many seconds a `Prefer` header (RFC 7240) asks to wait: at most 30; 0 if it does not or is invalid. Of several `wait`
 * preferences the first applies.
 */
export function waitOf(header: string | undefined): number {
  if (header === undefined) return 0;
  for (const element of elementsOf(header)) {
    const match = PREFERENCE.exec(element);
    if (match?.[1]?.toLowerCase() !== 'wait') continue;
    const value = (match[2] ?? match[3] ?? '').trim();
    return /^\d+$/.test(value) ? Math.min(Number(value), LONGEST_WAIT) : 0;
  }
  return 0;
}
