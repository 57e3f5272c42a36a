import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';

const MICROS = 1_000_000n;

/** A value as JSON: numbers with all their digits, times in ISO 8601, bytes in Base64; null for what is no number. */
export function jsonOf(value: DuckDBValue, isJson = false): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'string') return isJson ? value : JSON.stringify(value);
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return `[${value.items.map((item) => jsonOf(item)).join(',')}]`;
  if (value instanceof DuckDBStructValue)
    return `{${Object.entries(value.entries)
      .map(([name, of]) => `${JSON.stringify(name)}:${jsonOf(of)}`)
      .join(',')}}`;
  if (value instanceof DuckDBMapValue)
    return `{${value.entries.map(({ key, value: of }) => `${JSON.stringify(textOf(key) ?? 'null')}:${jsonOf(of)}`).join(',')}}`;
  return JSON.stringify(textOf(value));
}

/** A value as text, for a cell; null where there is none. What has parts is JSON. */
export function textOf(value: DuckDBValue): string | null {
  if (value === null) return null;
  if (typeof value !== 'object') return String(value);
  if (value instanceof DuckDBTimestampTZValue) return `${timeText(value.micros)}Z`;
  if (value instanceof DuckDBTimestampValue) return timeText(value.micros);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBStructValue ||
    value instanceof DuckDBMapValue
  )
    return jsonOf(value);
  return value.toString();
}

/** ISO 8601 with milliseconds, or microseconds where there are some. Times beyond those of JavaScript keep DuckDB's form. */
function timeText(micros: bigint): string {
  const second = micros / MICROS - (micros % MICROS < 0n ? 1n : 0n);
  const rest = micros - second * MICROS;
  const date = new Date(Number(second) * 1_000);
  if (Number.isNaN(date.getTime())) return new DuckDBTimestampValue(micros).toString();
  const digits = String(rest).padStart(6, '0').replace(/000$/, '');
  return `${date.toISOString().slice(0, -5)}.${digits}`;
}
