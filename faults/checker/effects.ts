import { formatPosition } from '../../infra/event-log/log';
import { isDeepStrictEqual } from 'node:util';
import { noticeOf } from '../../consumer/notices/notice';
import type { Outcome } from '../../schemas/generated/events';
import { byBook } from '../../test/topic-events';
import type { RunHistory } from '../history';
import type { Finding, FindingKind } from './finding';
import type { StreamIndex } from './stream-index';

/** Whether what was published, noted and shown is what the stream says: neither less nor more, nor in another order. */
export function checkEffects(run: RunHistory, index: StreamIndex): Finding[] {
  return [
    ...checkOutcomes(run),
    ...checkNotices(run),
    ...checkHistory(run, index),
    ...run.differences.map((message): Finding => ({ kind: 'view differs', message })),
  ];
}

/** A repeat of an outcome has its ID and its content, and changes nothing. */
function checkOutcomes({ outcomes, decided }: RunHistory): Finding[] {
  const findings: Finding[] = [];
  const published = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const known = published.get(outcome.eventId);
    if (!known) published.set(outcome.eventId, outcome);
    else if (!isDeepStrictEqual(known, outcome))
      findings.push({
        kind: 'wrong outcomes',
        message: `${outcome.eventId} was published twice, differently`,
      });
  }
  const expected = byBook(decided);
  const actual = byBook([...published.values()]);
  for (const bookId of new Set([...expected.keys(), ...actual.keys()])) {
    const difference = firstDifference(expected.get(bookId) ?? [], actual.get(bookId) ?? []);
    if (difference !== undefined)
      findings.push({ kind: 'wrong outcomes', message: `book ${bookId}: ${difference}` });
  }
  return findings;
}

function firstDifference(expected: readonly Outcome[], actual: readonly Outcome[]): string | undefined {
  const at = [...Array(Math.max(expected.length, actual.length)).keys()].find(
    (i) => !isDeepStrictEqual(expected[i], actual[i]),
  );
  if (at === undefined) return undefined;
  const name = (outcome: Outcome | undefined) =>
    outcome ? `${outcome.type} ${outcome.eventId} of ${outcome.reservationId}` : 'nothing';
  return `its outcome ${at + 1} should be ${name(expected[at])}, and is ${name(actual[at])}`;
}

function checkNotices({ decided, notices }: RunHistory): Finding[] {
  const expected = new Map(
    decided.flatMap((outcome) => {
      const notice = noticeOf(outcome);
      return notice ? [[notice.noticeId, notice.kind] as const] : [];
    }),
  );
  const actual = new Map(notices.map(({ noticeId, kind }) => [noticeId, kind]));
  const wrong = differencesOf('wrong notices', 'notice', expected, actual);
  if (actual.size < notices.length)
    wrong.push({ kind: 'wrong notices', message: `${notices.length - actual.size} notices are there twice` });
  return wrong;
}

function checkHistory({ history }: RunHistory, { firsts }: StreamIndex): Finding[] {
  const expected = new Map(firsts.map(({ event, position }) => [event.eventId, formatPosition(position)]));
  const actual = new Map(history.map(({ eventId, position }) => [eventId, formatPosition(position)]));
  const wrong = differencesOf('wrong history', 'event', expected, actual);
  if (actual.size < history.length)
    wrong.push({
      kind: 'wrong history',
      message: `${history.length - actual.size} events took effect twice`,
    });
  return wrong;
}

function differencesOf(
  kind: FindingKind,
  what: string,
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): Finding[] {
  const findings: Finding[] = [];
  for (const [id, value] of expected) {
    const there = actual.get(id);
    if (there === value) continue;
    const found = there === undefined ? 'is missing' : `should be ${value}, and is ${there}`;
    findings.push({ kind, message: `${what} ${id} (${value}) ${found}` });
  }
  for (const [id, value] of actual)
    if (!expected.has(id)) findings.push({ kind, message: `${what} ${id} (${value}) should not be there` });
  return findings;
}
