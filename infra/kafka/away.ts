import { DeadlineError } from '../deadline';

/** Kafka cannot be asked at present. */
export class KafkaAwayError extends Error {
  override readonly name = 'KafkaAwayError';
  /** As kafkajs calls it. */
  readonly retriable = true;
}

/**
 * Whether what failed may succeed when it is done again, since brokers were away, silent or not ready; not where they refuse the user or
 * what was asked for. What was made of another error is judged by the first cause.
 */
export function isAway(error: unknown): boolean {
  const cause = firstCause(error);
  return cause instanceof DeadlineError || (cause as { readonly retriable?: unknown }).retriable === true;
}

function firstCause(error: unknown): object {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause : {};
}
