/** The longest wait, in seconds. */
export const LONGEST_WAIT = 30;

/** A token, optionally `=` and a token or a quoted string; parameters after `;` are ignored. */
const PREFERENCE = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?\s*(?:;|$)/;

/** Splits at commas outside quotes. */
function elementsOf(header: string): string[] {
  return header.match(/(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/g) ?? [];
}

/**
 * The seconds that a `Prefer` header (RFC 7240) asks to wait: 30 at most; 0 where it has no valid `wait`. The first of
 * several `wait` preferences counts.
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
