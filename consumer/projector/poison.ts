/**
 * Whether an error of a projection is caused by the events themselves: the fold fails on them, or Postgres refuses the
 * values (SQLSTATE 22), constraints (23) or the size of what they come to (54: a row too large for an index, for example).
 * Anything else (a missing table, a full disk, no permission) is a fault of the installation, for which no event may be set
 * aside.
 */
export function isPoison(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(2[23]|54)/.test(code) && code.length === 5;
}
