import { formatPosition } from '../../infra/event-log/log';
import { NotForgottenError, type ForgetSources } from './sources';

/** How many things a sentence names. */
const NAMED = 5;

/**
 * Makes sure that nothing speaks against forgetting somebody, as the views are now.
 * @throws {NotForgottenError} when they have a copy on loan, or records that wait behind a dead letter may name them
 */
export async function assertForgettable(sources: ForgetSources, userId: string): Promise<void> {
  const loans = await loansOf(sources, userId);
  if (loans.length > 0)
    throw new NotForgottenError(
      `They have on loan ${some(loans)}. The library has to know who has its copies: take them back ` +
        '(or withdraw what is lost) first.',
    );
  const waiting = [...(await deadRecordsNaming(sources, userId)), ...(await parkedNaming(sources, userId))];
  if (waiting.length > 0)
    throw new NotForgottenError(
      `What is set aside may name them, and would bring them back when it is retried: ${some([...new Set(waiting)])}. ` +
        'Retry or discard it first ("library dead-letters list").',
    );
}

const some = (things: readonly string[]) =>
  things.slice(0, NAMED).join(', ') + (things.length > NAMED ? ` and ${things.length - NAMED} more` : '');

async function loansOf({ pool }: ForgetSources, userId: string): Promise<string[]> {
  const { rows } = await pool.query<{ book_id: string; copy_id: string }>(
    `SELECT book_id, copy_id FROM library.copies WHERE status = 'on-loan' AND user_id = $1 ORDER BY book_id, copy_id`,
    [userId],
  );
  return rows.map(({ book_id: bookId, copy_id: copyId }) => `copy ${copyId} of book ${bookId}`);
}

/** Whether a dead letter's bytes, headers or reason contain the user ID, given as `$1`. */
export const NAMES_USER_SQL = `(position(convert_to($1::text, 'UTF8') IN coalesce(value, '')) > 0
  OR position(convert_to($1::text, 'UTF8') IN coalesce(key, '')) > 0 OR position($1::text IN coalesce(reason, '')) > 0
  OR EXISTS (SELECT FROM jsonb_each_text(headers) AS h(name, bytes)
              WHERE position(convert_to($1::text, 'UTF8') IN decode(h.bytes, 'base64')) > 0))`;

async function deadRecordsNaming({ pool }: ForgetSources, userId: string): Promise<string[]> {
  const { rows } = await pool.query<{ consumer: string; partition: number; offset: string }>(
    `SELECT consumer, partition, "offset" FROM library.dead_letters
      WHERE status = 'dead' AND ${NAMES_USER_SQL} ORDER BY partition, "offset", consumer`,
    [userId],
  );
  return rows.map(({ consumer, partition, offset }) =>
    described(consumer, formatPosition({ partition, offset: Number(offset) })),
  );
}

const described = (consumer: string, position: string) => `the record ${position} (${consumer})`;

interface HeldRow {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly book_id: string;
  readonly from_offset: string;
  readonly next_offset: string;
}

/** Records that wait behind a dead one of their book are only in Kafka. */
async function parkedNaming({ pool, log }: ForgetSources, userId: string): Promise<string[]> {
  const { rows } = await pool.query<HeldRow>(
    `SELECT h.consumer, h.topic, h.partition, h.book_id, h.from_offset, p.next_offset
       FROM library.held_books h JOIN library.progress p USING (consumer, topic, partition)
      WHERE h.parked > 0 ORDER BY h.topic, h.partition, h.book_id, h.consumer`,
  );
  const name = Buffer.from(userId);
  const found: string[] = [];
  for (const { consumer, topic, partition, book_id: bookId, ...held } of rows) {
    const ranges = [{ partition, start: Number(held.from_offset), end: Number(held.next_offset) }];
    for await (const { records } of log.read(topic, { ranges })) {
      const naming = records.find(
        ({ key, value }) => key?.toString() === bookId && (value?.includes(name) ?? false),
      );
      if (!naming) continue;
      found.push(described(consumer, formatPosition(naming)));
      break;
    }
  }
  return found;
}
