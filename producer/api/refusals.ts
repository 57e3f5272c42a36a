import type { ProblemKind } from '../../infra/http/problem';
import { titled, REFUSAL_CODES, type RefusalCode } from '../../schemas/refusals';

/** 409: the event had no effect. */
export function refusal(code: RefusalCode): ProblemKind {
  return { status: 409, ...titled(code) };
}

export const NOT_RECORDED: ProblemKind = {
  status: 503,
  code: 'not-recorded',
  title: 'The request was not recorded',
};
export const MAYBE_RECORDED: ProblemKind = {
  status: 504,
  code: 'maybe-recorded',
  title: 'The request may have been recorded',
};
export const KEY_REUSED: ProblemKind = {
  status: 422,
  code: 'idempotency-key-reused',
  title: 'The Idempotency-Key belongs to another request',
};

/** The kinds of problems of the write side, beside those of HTTP. */
export const WRITE_PROBLEMS: readonly ProblemKind[] = [
  ...REFUSAL_CODES.map(refusal),
  NOT_RECORDED,
  MAYBE_RECORDED,
  KEY_REUSED,
];
