/** The longest that a client may wait, in seconds. */
export const LONGEST_WAIT = 30;

/** A token, optionally `=` and a token or a quoted string; parameters after `;` are not looked at. */
const PREFERENCE = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?\s*(?:;|$)/;

/** Splits at commas that are not inside of quotes. */
function elementsOf(header: string): string[] {
  return header.match(/(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/g) ?? [];
}

/**
 * How many seconds a `Prefer` header (RFC 7240) asks to wait: at most 30, and 0 where it does not or makes no sense.
 * Of several `wait` preferences the first counts.
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
