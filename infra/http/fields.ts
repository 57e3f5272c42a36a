import { z } from 'zod';
import { parsePosition, type Position } from '../event-log/log';

/** The dots alone mean "here" and "up" in URLs, so they cannot name anything. */
const ID = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;
const ID_MESSAGE = 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ ~ - and neither "." nor ".."';

const id = (example: string) =>
  z
    .string()
    .regex(ID, ID_MESSAGE)
    .meta({ examples: [example] });

export const bookId = id('moby-dick');
export const copyId = id('moby-dick-1');
export const userId = id('ishmael');

/** A UUID of any version, in lower case whatever case it was sent in. */
export const reservationId = z
  .guid('must be a UUID')
  .toLowerCase()
  .meta({ examples: ['01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37'] });

const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** True for text that Postgres can store: no NUL and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Text that Postgres can store, with its length counted in code points, as JSON Schema and Postgres do. */
export function text({ min = 0, max }: { min?: number; max: number }) {
  const size = min > 0 ? `must have ${min} to ${max} characters` : `must have at most ${max} characters`;
  const fits = (value: string) =>
    value.length >= min && (value.length <= max || (value.length <= 2 * max && [...value].length <= max));
  return z
    .string()
    .refine(fits, size)
    .refine(isStorable, 'must be text without NUL characters and without lone surrogates')
    .meta({ maxLength: max, ...(min > 0 && { minLength: min }) });
}

const LIMIT_MESSAGE = 'must be a whole number from 1 to 200';

/** How many items a page has: 1 to 200, 50 when absent. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, LIMIT_MESSAGE)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 200, LIMIT_MESSAGE)
  .default(50)
  .meta({ documented: { type: 'integer', minimum: 1, maximum: 200, default: 50 } });

/** A place in the stream, `<partition>:<offset>`: the answer holds at least what happened up to there. */
export const after = z
  .string()
  .transform((value, context): Position => {
    const position = parsePosition(value);
    if (position) return position;
    context.addIssue({ code: 'custom', message: 'must be a position such as 3:1042' });
    return z.NEVER;
  })
  .optional()
  .meta({
    documented: { type: 'string', pattern: '^\\d+:\\d+$', examples: ['3:1042'] },
    description:
      'Wait, at most 5 s, until the answer holds the event at this position: read your own writes.',
  });
