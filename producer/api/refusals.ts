import type { ProblemKind } from '../../infra/http/problem';

/** Why an event had no effect, by code, for people. */
const TITLES: Readonly<Record<string, string>> = {
  'unknown-book': 'The book is not in the catalogue',
  'already-reserved': 'The user has an open reservation for the book',
  'already-borrowed': 'The user has the book on loan',
  'limit-reached': 'The user has as many open reservations as are allowed',
  'unknown-reservation': 'The book has no such reservation',
  'not-owner': 'The reservation belongs to another user',
  'already-closed': 'The reservation is closed',
  'unknown-copy': 'The book has no such copy, or not in the state that this needs',
  'copy-not-available': 'The copy is not available',
  'copy-set-aside': 'The copy is set aside for another user',
  'duplicate-copy': 'The copy is there already',
};

/** 409: the event is recorded, and had no effect. */
export function refusal(code: string): ProblemKind {
  return { status: 409, code, title: TITLES[code] ?? 'The event had no effect' };
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

/** The problems that writes add to those of HTTP. */
export const WRITE_PROBLEMS: readonly ProblemKind[] = [
  ...Object.keys(TITLES).map(refusal),
  NOT_RECORDED,
  MAYBE_RECORDED,
  KEY_REUSED,
];
