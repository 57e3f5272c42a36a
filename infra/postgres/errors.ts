const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * SQLSTATEs of transient errors: deadlock, serialization, shutdown, start-up, too many connections, time limits of locks,
 * statements and idle transactions.
 */
const TRANSIENT_STATES = new Set([
  '40001',
  '40P01',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '53400',
  '55P03',
  '57014',
  '25P03',
]);

/** Prisma: unreachable, timed out, closed, pool timeout, too many connections. */
const TRANSIENT_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);

/** What pg says when the time for an answer (`query_timeout`) is over. */
const UNANSWERED = /Query read timeout/;
const LOST =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|Connection ended/i;

/**
 * Whether an error of pg or Prisma is transient: Postgres cannot be reached, or asks for a retry, or did not answer in time.
 * Whether the statement took effect may be unknown. Any other error is one of the statement or its data, and a retry would
 * fail too.
 */
export function isTransient(error: unknown): boolean {
  return chainOf(error).some(
    (each) => isLost(each) || TRANSIENT_STATES.has(each.code) || TRANSIENT_PRISMA_CODES.has(each.code),
  );
}

/** Whether the connection must not be used again: it is lost, or a statement on it was not answered in time. */
export function isConnectionLost(error: unknown): boolean {
  return chainOf(error).some(isLost);
}

/** Whether pg stopped waiting for the answer to a statement. What the server does with the statement is unknown. */
export function isUnanswered(error: unknown): boolean {
  return chainOf(error).some(({ message }) => UNANSWERED.test(message));
}

interface Described {
  readonly code: string;
  readonly message: string;
}

function isLost({ code, message }: Described): boolean {
  return (
    CONNECTION_CODES.has(code) || code.startsWith('08') || UNANSWERED.test(message) || LOST.test(message)
  );
}

/** The error and its causes. Prisma keeps that of pg in `meta`, and there the cause is a plain object that has the code. */
function chainOf(error: unknown): Described[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code, originalCode, message, cause, meta } = error as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const described = { code: text(originalCode) || text(code), message: text(message) };
  const ofDriver = (meta as { driverAdapterError?: unknown } | null | undefined)?.driverAdapterError;
  return [described, ...chainOf(cause), ...chainOf(ofDriver)];
}
