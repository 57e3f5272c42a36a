import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { LogRecord, OutgoingRecord, Position } from '../../infra/event-log/log';
import type { EventSetName } from '../event-set';

const OFFSETS = z.array(z.int().nonnegative());

const ERASURE = z.object({
  /** Random. The names that stand for the reader are made of it. */
  id: z.uuid(),
  /** ISO 8601. */
  at: z.string(),
  /** By partition, the offset before which the user ID means the person who was forgotten. */
  reservations: OFFSETS,
  outcomes: OFFSETS,
  /** Whether the views are free of the user ID as well. */
  done: z.boolean(),
});

/**
 * That somebody was forgotten: up to where on the topics a user ID means them. What comes later under the same ID is another
 * person's.
 */
export type Erasure = z.infer<typeof ERASURE>;

const ENTRY = z.object({ erasures: z.array(ERASURE) });

/** The beginning of the names that stand for readers who were forgotten. */
const FORGOTTEN = 'forgotten~';
/** So many of the 256 bits of a hash are in such a name. */
const NAME_BYTES = 16;

/** Whether a user ID is a name that stands for somebody who was forgotten. */
export function isForgotten(userId: string): boolean {
  return userId.startsWith(FORGOTTEN);
}

/**
 * The name that stands for a reader who was forgotten: the same in all events of a book, so that whose a reservation is and
 * who has borrowed what stays true, and another one in every other book, so that nobody's reading can be put together again.
 */
export function nameInBook({ id }: Pick<Erasure, 'id'>, bookId: string): string {
  const hash = createHash('sha256').update(`${id}\n${bookId}`).digest();
  return FORGOTTEN + hash.subarray(0, NAME_BYTES).toString('base64url');
}

/** The same in SQL. @param id an expression: the ID of the erasure as text. @param bookId another: the book */
export function nameInBookSql(id: string, bookId: string): string {
  const hash = `substring(sha256(convert_to(${id} || E'\\n' || ${bookId}, 'UTF8')) FOR ${NAME_BYTES})`;
  return `'${FORGOTTEN}' || rtrim(translate(encode(${hash}, 'base64'), '+/', '-_'), '=')`;
}

/** What a user is called on the topic of those who were forgotten. */
export function hashOf(userId: string): string {
  return createHash('sha256').update(`library.forgotten\n${userId}`).digest('base64url');
}

/** The erasure that what stands at the position falls under; undefined where the user ID means who it says. */
export function erasureAt(
  erasures: readonly Erasure[],
  topic: EventSetName,
  { partition, offset }: Position,
): Erasure | undefined {
  return erasures.find((erasure) => offset < (erasure[topic][partition] ?? 0));
}

/** All erasures of a user, oldest first, as one record: compaction keeps the last of each user. */
export function erasuresRecord(hash: string, erasures: readonly Erasure[]): OutgoingRecord {
  const value = Buffer.from(JSON.stringify({ erasures }));
  return { key: hash, value, headers: { 'content-type': 'application/json' } };
}

/** The erasures in a record, by the hash of the user; undefined where it is none, such as a tombstone. */
export function erasuresIn({ key, value }: LogRecord): readonly [string, readonly Erasure[]] | undefined {
  if (key === null || value === null) return undefined;
  try {
    const parsed = ENTRY.safeParse(JSON.parse(value.toString()));
    return parsed.success ? [key.toString(), parsed.data.erasures] : undefined;
  } catch {
    return undefined;
  }
}
