import { createErrorFromCode } from 'kafkajs/src/protocol/error';

export const OFFSET_OUT_OF_RANGE = 1;
export const UNKNOWN_TOPIC_OR_PARTITION = 3;
export const LEADER_NOT_AVAILABLE = 5;
export const NOT_COORDINATOR = 16;
export const TOPIC_AUTHORIZATION_FAILED = 29;

/**
 * Errors of a produce request by which the leader refuses a batch before it touches its log. All others leave it open whether the
 * records were written: `NOT_LEADER_OR_FOLLOWER`, for one, is also the answer of a leader that has written them and lost its office
 * while it waited for its followers.
 */
const REFUSED: ReadonlySet<string> = new Set([
  'CORRUPT_MESSAGE',
  'INVALID_TOPIC_EXCEPTION',
  'NOT_ENOUGH_REPLICAS',
  'INVALID_REQUIRED_ACKS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'INVALID_RECORD',
]);
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
/** They pass by themselves as soon as the cluster has settled, and need no line in the log. */
const PASSING: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

/** What a produce request's error code for a partition means. */
export interface ProduceFailure {
  readonly kind: 'not-appended' | 'too-large' | 'in-doubt';
  readonly error: Error;
  /** Whether operators should see it. */
  readonly isUnusual: boolean;
}

export function produceFailureOf(errorCode: number): ProduceFailure {
  const error = createErrorFromCode(errorCode);
  const type = error.type ?? `code ${errorCode}`;
  const kind = TOO_LARGE.has(type) ? 'too-large' : REFUSED.has(type) ? 'not-appended' : 'in-doubt';
  return { kind, error, isUnusual: !PASSING.has(type) && kind !== 'too-large' };
}
