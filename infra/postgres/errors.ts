const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATEs after which the same statement may well succeed: deadlock, serialization, shutdown, start-up, no room. */
const PASSING_STATES = new Set(['40001', '40P01', '57P01', '57P02', '57P03', '53300', '53400', '55P03']);

/**
 * Whether an error of pg or Prisma says that Postgres can't be reached or asks to try again, and not that something is
 * wrong with what it was asked.
 */
export function isTransient(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { code } = e as { code?: unknown };
    if (typeof code === 'string') {
      if (CONNECTION_CODES.has(code) || PASSING_STATES.has(code) || code.startsWith('08')) return true;
      // Prisma: can't reach, timed out, closed, pool timeout, too many connections.
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
