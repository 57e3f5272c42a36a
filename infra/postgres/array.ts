/** Values that must be quoted in an array literal: with separators, quotes or white space, empty, or the word NULL. */
const NEEDS_QUOTES = /[\s"\\{},]|^$|^null$/i;
const TO_ESCAPE = /["\\]/g;

/** A value of an array. */
export type ArrayElement = string | number | boolean | null;

/**
 * A Postgres array literal for `$1::text[]` and the like. pg makes them too, but escapes every value by replacement. For
 * the thousands of IDs and numbers of a batch, one test for each is much cheaper.
 */
export function arrayLiteral(values: readonly ArrayElement[]): string {
  return arrayLiteralOf(values, (value) => value);
}

/** The same of a value of each row. */
export function arrayLiteralOf<Row>(rows: readonly Row[], valueOf: (row: Row) => ArrayElement): string {
  let literal = '{';
  for (let i = 0; i < rows.length; i += 1) {
    if (i > 0) literal += ',';
    const value = valueOf(rows[i]!);
    if (value === null) literal += 'NULL';
    else if (typeof value !== 'string' || !NEEDS_QUOTES.test(value)) literal += String(value);
    else literal += `"${value.replace(TO_ESCAPE, '\\$&')}"`;
  }
  return `${literal}}`;
}
