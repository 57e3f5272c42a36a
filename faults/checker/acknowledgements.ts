import { formatPosition } from '../../infra/event-log/log';
import { conclusionOf, type Operation, type Result, type RunHistory, type StreamEvent } from '../history';
import type { Finding } from './finding';
import type { StreamIndex } from './stream-index';

/** Sources of events that are no client's: the platform's own policies. */
const OWN_SOURCES = new Set(['/library/policies']);

/**
 * Whether the stream holds what the clients were told: every acknowledged event at its position, none that was refused, none
 * twice, none that nobody asked for.
 * @param foreign the sources of the run's other writers
 */
export function checkAcknowledgements(
  { operations }: Pick<RunHistory, 'operations'>,
  index: StreamIndex,
  foreign: ReadonlySet<string>,
): Finding[] {
  const known = new Set(operations.map(({ trace }) => trace));
  return [
    ...operations.flatMap((operation) => checkOperation(operation, index)),
    ...index.firsts.filter((record) => !isAccountedFor(record, known, foreign)).map(invented),
  ];
}

function isAccountedFor(
  { trace, source }: StreamEvent,
  known: ReadonlySet<string>,
  foreign: ReadonlySet<string>,
): boolean {
  return OWN_SOURCES.has(source) || foreign.has(source) || (trace !== null && known.has(trace));
}

function invented({ event, position }: StreamEvent): Finding {
  return {
    kind: 'invented',
    message: `${event.type} ${event.eventId} at ${formatPosition(position)}: nobody asked for it`,
  };
}

function checkOperation(operation: Operation, index: StreamIndex): Finding[] {
  const records = index.byTrace.get(operation.trace) ?? [];
  const findings = operation.attempts.flatMap(({ result }) =>
    result.kind === 'ok' ? checkAcknowledged(operation, result, index) : [],
  );
  const name = `${operation.wanted.type} of ${operation.wanted.bookId} (trace ${operation.trace})`;
  if (conclusionOf(operation) === 'failed' && records.length > 0) {
    const places = records.map(({ position }) => formatPosition(position)).join(', ');
    findings.push({ kind: 'false refusal', message: `${name} was refused, and is at ${places}` });
  }
  if (records.length > mostEvents(operation)) {
    const events = records.map(({ event, position }) => `${event.eventId} at ${formatPosition(position)}`);
    findings.push({ kind: 'doubled', message: `${name} is ${events.join(' and ')}` });
  }
  return findings;
}

/** Without a key every attempt whose outcome is not a refusal may have become an event of its own. */
function mostEvents({ keyed, attempts }: Operation): number {
  return keyed ? 1 : attempts.filter(({ result }) => result.kind !== 'failed').length;
}

function checkAcknowledged(
  { wanted, trace }: Operation,
  { eventId, position, reservationId }: Extract<Result, { kind: 'ok' }>,
  index: StreamIndex,
): Finding[] {
  const place = formatPosition(position);
  const name = `${wanted.type} ${eventId} of ${wanted.bookId}`;
  const record = index.at.get(place);
  if (record?.event.eventId !== eventId) {
    const there = record ? `holds ${record.event.type} ${record.event.eventId}` : 'holds nothing';
    return [{ kind: 'lost', message: `${name} was acknowledged at ${place}, which ${there}` }];
  }
  const asked = { ...wanted, reservationId: wanted.reservationId ?? reservationId };
  const wrong = (Object.keys(asked) as (keyof typeof asked)[]).filter(
    (field) =>
      asked[field] !== null && (record.event as unknown as Record<string, unknown>)[field] !== asked[field],
  );
  if (record.trace !== trace) wrong.push('type');
  if (wrong.length === 0) return [];
  return [{ kind: 'altered', message: `${name} at ${place} differs in ${wrong.join(', ')}` }];
}
