const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATEs of transient errors: deadlock, serialization, shutdown, start-up, too many connections, lock timeout. */
const TRANSIENT_STATES = new Set(['40001', '40P01', '57P01', '57P02', '57P03', '53300', '53400', '55P03']);

/**
 * Whether an error of pg or Prisma is transient: Postgres cannot be reached, or asks for a retry. Any other error is one
 * of the statement or its data, and a retry would fail too.
 */
export function isTransient(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { code } = e as { code?: unknown };
    if (typeof code === 'string') {
      if (CONNECTION_CODES.has(code) || TRANSIENT_STATES.has(code) || code.startsWith('08')) return true;
      // Prisma: unreachable, timed out, closed, pool timeout, too many connections.
      if (['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037'].includes(code)) return true;
    }
    if (
      /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|Connection ended/i.test(
        e.message,
      )
    ) {
      return true;
    }
  }
  return false;
}
