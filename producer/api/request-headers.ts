import { Problem } from '../../infra/http/problem';

/**
 * The Idempotency-Key of a request, if it has one.
 * @throws {Problem} 400 when it is not 1 to 255 visible ASCII characters
 */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined || /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw Problem.invalid([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
}

/** How long a client may wait at most, in seconds. */
const LONGEST_WAIT = 30;

/** As many preferences are looked at. */
const MOST_PREFERENCES = 20;

/** A token, optionally `=` and a token or a quoted string. */
const PREFERENCE = /^([!#$%&'*+.^_`|~\w-]+)(?:=(?:"([^"]*)"|([^"]*)))?$/;

/** Splits at commas that are not in quotes, each without the parameters after its `;`, nor blanks around it and its `=`. */
function preferencesOf(header: string): string[] {
  const preferences: string[] = [];
  let isQuoted = false;
  let isParameter = false;
  let current = '';
  for (let i = 0; i < header.length && preferences.length < MOST_PREFERENCES; i += 1) {
    const char = header[i]!;
    if (char === '"') isQuoted = !isQuoted;
    if (isQuoted && char === '\\') i += 1;
    if (char === ',' && !isQuoted) {
      preferences.push(current);
      current = '';
      isParameter = false;
    } else if (char === ';' && !isQuoted) isParameter = true;
    else if (!isParameter) current += char;
  }
  preferences.push(current);
  return preferences.map((each) => {
    const [name = '', ...value] = each.split('=');
    return [name.trim(), ...(value.length > 0 ? [value.join('=').trim()] : [])].join('=');
  });
}

/**
 * How many seconds a `Prefer` header (RFC 7240) asks to wait: at most 30; 0 if it does not or is invalid. Of several `wait`
 * preferences the first applies.
 */
export function waitOf(header: string | undefined): number {
  if (header === undefined) return 0;
  for (const preference of preferencesOf(header)) {
    const match = PREFERENCE.exec(preference);
    if (match?.[1]?.toLowerCase() !== 'wait') continue;
    const value = (match[2] ?? match[3] ?? '').trim();
    return /^\d+$/.test(value) ? Math.min(Number(value), LONGEST_WAIT) : 0;
  }
  return 0;
}
