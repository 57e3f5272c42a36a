/**
 * The rules for IDs, in one place: they apply wherever a `bookId`, `copyId` or `userId` (an ID), or an `eventId` or
 * `reservationId` (a UUID), is read or written.
 *
 * IDs stand in URLs without escaping, and are keys of records and of rows. `.` and `..` are refused: in the path of a URL
 * they mean "here" and "up", so nothing of that name could be addressed.
 */

/** The rule for IDs, in the dialect of JSON Schema (ECMA-262). It is bounded, so it matches in linear time. */
export const ID = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;

/** The same rule in words, to stand behind "must be". */
export const ID_RULE = '1 to 64 of the characters A-Z a-z 0-9 . _ ~ - and neither "." nor ".."';

/** The rule for UUIDs: of any version, in upper or lower case. Both spellings name the same thing: compare lower case. */
export const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Whether a value is a `bookId`, `copyId` or `userId`. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** Whether a value is an `eventId` or a `reservationId`. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}
