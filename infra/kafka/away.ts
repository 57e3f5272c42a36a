import { DeadlineError } from '../deadline';

/** Kafka cannot be asked at present. */
export class KafkaAwayError extends Error {
  override readonly name = 'KafkaAwayError';
  /** As kafkajs calls it. */
  readonly retriable = true;
}

/** What Node calls a certificate that one end does not accept, or servers that speak no TLS; kafkajs would try these again. */
const OF_TLS = /CERT|SIGNATURE|^ERR_(TLS|SSL)_/;

/**
 * Whether what failed may succeed when it is done again, since brokers were away, silent or not ready; not where they refuse the user or
 * what was asked for, nor where one end does not accept the certificate of the other. What was made of another error is judged by the
 * first cause.
 */
export function isAway(error: unknown): boolean {
  const cause: { readonly retriable?: unknown; readonly code?: unknown } = firstCause(error);
  if (OF_TLS.test(String(cause.code))) return false;
  return cause instanceof DeadlineError || cause.retriable === true;
}

function firstCause(error: unknown): object {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause : {};
}
