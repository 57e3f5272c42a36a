import type { LogRecord } from '../../../../infra/log/log';

/** Needs no escape in JSON. A superset of IDs, UUIDs, times and the headers of CloudEvents. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text as JSON. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function quotedOrNull(text: string | null): string {
  return text === null ? 'null' : quoted(text);
}

/** More names than these are somebody's data. */
const KEPT_NAMES = 1_000;

/** Writes the headers of a record as a JSON object of texts. Bytes that are no UTF-8 are replaced (U+FFFD). */
export function headersWriter(): (headers: LogRecord['headers']) => string {
  const names = new Map<string, string>();
  const nameOf = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const written = `${quoted(name)}:`;
    if (names.size < KEPT_NAMES) names.set(name, written);
    return written;
  };
  return (headers) => {
    let json = '';
    for (const name in headers) {
      json += json === '' ? '{' : ',';
      json += nameOf(name) + quoted(headers[name]!.toString());
    }
    return json === '' ? '{}' : `${json}}`;
  };
}
