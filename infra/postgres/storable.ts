/** NUL and halves of surrogate pairs: Postgres stores neither. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether Postgres can store the text: it has no NUL and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}
