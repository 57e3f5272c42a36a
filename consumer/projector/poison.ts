/**
 * Whether an error of a projection is the events' own fault: the fold broke on them, or Postgres refuses the values
 * (SQLSTATE 22) or what they would do to the view (23). Anything else (a missing table, a full disk, no permission)
 * is a fault of the installation and must not cost events.
 */
export function isPoison(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^2[23]/.test(code) && code.length === 5;
}
