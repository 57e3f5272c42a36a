import { partitionOf } from '../../infra/event-log/murmur2';
import { headerOf, type BatchContext, type LogRecord } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { TRACEPARENT, traceparentIn } from '../../infra/trace-context';
import { typeHeaderOf } from '../../schemas/codec/cloudevents';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import type { Mask } from '../../schemas/forgotten/forgotten-users';
import { RegistryUnavailableError } from '../../schemas/registry/registry';
import { bookOf, deadRecord, parkedRecord, type SetAsideRecord } from './set-aside-record';
import type { PositionedEvent } from './projection';
import { retryWhileTransient } from './transient-retry';

export interface TriageOptions<E extends AnyEvent> {
  readonly decoder: Decoder<E>;
  /** How many partitions the topic has. */
  readonly partitions: number;
  /** Who was forgotten; absent: nobody. Events come with other names in their place. */
  readonly forgotten?: Mask | undefined;
}

export interface Triaged<E extends AnyEvent> {
  readonly events: PositionedEvent<E>[];
  readonly setAside: SetAsideRecord[];
  /** How many of the records were sorted, from the first on. */
  readonly length: number;
}

/** Dead records are stored whole, and up to a thousand at a time: their values together are at most this, or a single one. */
const MOST_DEAD_BYTES = 1_048_576;

/**
 * Sorts the records of one partition into the events to be projected now and the records to be set aside: those that cannot
 * be decoded, and all later ones of the same book.
 *
 * It stops before a dead record whose book has an event among those to be projected now: if the view cannot store that one,
 * the later record is not dead but parked. Only what is surely dead is published.
 * @param blocked the books that are blocked already
 */
export function triage<E extends AnyEvent>(
  records: readonly LogRecord[],
  blocked: ReadonlySet<string>,
  options: TriageOptions<E>,
): Triaged<E> {
  const events: PositionedEvent<E>[] = [];
  const setAside: SetAsideRecord[] = [];
  const newlyBlocked = new Set<string>();
  let deadBytes = 0;
  for (const [at, record] of records.entries()) {
    const behind = blockedBookOf(record, blocked) ?? blockedBookOf(record, newlyBlocked);
    if (behind !== undefined) {
      setAside.push(parkedRecord(record, behind));
      continue;
    }
    const sorted = sort(record, options);
    if ('event' in sorted) {
      events.push(sorted);
      continue;
    }
    const { bookId } = sorted;
    const isUncertain = bookId !== null && events.some(({ event }) => event.bookId === bookId);
    const isTooMuch = deadBytes > 0 && deadBytes + bytesOf(record) > MOST_DEAD_BYTES;
    if (isUncertain || isTooMuch) return { events, setAside, length: at };
    deadBytes += bytesOf(record);
    setAside.push(sorted);
    if (bookId !== null) newlyBlocked.add(bookId);
  }
  return { events, setAside, length: records.length };
}

const bytesOf = ({ key, value }: LogRecord) => (key?.length ?? 0) + (value?.length ?? 0);

/** The blocked book that a record belongs to. A book is blocked in its own partition only, so the key says it all. */
export function blockedBookOf({ key }: LogRecord, blocked: ReadonlySet<string>): string | undefined {
  if (blocked.size === 0 || key === null) return undefined;
  const bookId = key.toString();
  return blocked.has(bookId) ? bookId : undefined;
}

/** The event of a record; or the record as dead. */
function sort<E extends AnyEvent>(
  record: LogRecord,
  options: TriageOptions<E>,
): PositionedEvent<E> | SetAsideRecord {
  try {
    return decodeInPlace(record, options);
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    const bookId = error instanceof MisplacedError ? null : bookOf(record, options.partitions);
    return deadRecord(record, error, bookId, options.forgotten);
  }
}

/**
 * The event of a record, whose schema the decoder has learnt.
 * @throws {UndecodableError} when the record is no event, not in the partition and under the key of its book, or not of the type
 *   that its header names
 */
export function decodeInPlace<E extends AnyEvent>(
  record: LogRecord,
  { decoder, partitions, forgotten }: TriageOptions<E>,
): PositionedEvent<E> {
  const event = decoder.decode(record.value);
  assertInItsPlace(record, event, partitions);
  assertSameType(record, event);
  const shown = forgotten ? forgotten.event(event, record) : event;
  const traceparent = traceparentIn(headerOf(record, TRACEPARENT));
  return { position: record, timestamp: record.timestamp, event: shown, traceparent };
}

/** Learns the schemas that the records were written with. Retries while the registry is away. */
export async function learnSchemas<E extends AnyEvent>(
  decoder: Decoder<E>,
  records: readonly LogRecord[],
  context: BatchContext,
  logger: Logger,
  onRetry?: () => void,
): Promise<void> {
  const isUnavailable = (error: unknown) => error instanceof RegistryUnavailableError;
  const learn = () => decoder.learn(records.map(({ value }) => value));
  await retryWhileTransient(
    'reading schemas from the registry',
    learn,
    isUnavailable,
    context,
    logger,
    onRetry,
  );
}

/** An event of another book than its record's key, or in a partition of other books: it is in no order with its book's events. */
class MisplacedError extends UndecodableError {}

/**
 * A book has one reader because all its events are in one partition. An event that a foreign client has put elsewhere would
 * be projected concurrently with that reader, in no defined order.
 * @throws {MisplacedError}
 */
function assertInItsPlace({ key, partition }: LogRecord, { bookId }: AnyEvent, partitions: number): void {
  if (key?.toString() !== bookId) {
    throw new MisplacedError(`The key of the record is not the book of its event, ${bookId}.`);
  }
  const right = partitionOf(key, partitions);
  if (partition === right) return;
  throw new MisplacedError(
    `Events of book ${bookId} belong in partition ${right}: the producer has to use Kafka's murmur2 partitioner ` +
      '(librdkafka: partitioner=murmur2_random).',
  );
}

/**
 * A schema ID may come to mean another schema, if the registry was lost and made anew: events with the same layout would be
 * taken for each other.
 * @throws {UndecodableError} when there is a header `ce_type`, and it names another type
 */
function assertSameType(record: LogRecord, event: AnyEvent): void {
  const said = headerOf(record, 'ce_type')?.toString();
  const type = typeHeaderOf(event);
  if (said === undefined || said === type) return;
  throw new UndecodableError(`The header ce_type says ${said}, and the record decodes as ${type}.`);
}
