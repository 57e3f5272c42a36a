import { z } from 'zod';
import { isStorable } from '../postgres/storable';

/** Text that Postgres can store. Its length counts in code points, as in JSON Schema and Postgres. */
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

/** The number of items on a page: 1 to 200; 50 when absent. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, LIMIT_MESSAGE)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 200, LIMIT_MESSAGE)
  .default(50)
  .meta({ documented: { type: 'integer', minimum: 1, maximum: 200, default: 50 } });

/** A time, ISO 8601 in UTC, that Postgres accepts: it has no year 0. */
export const storedTime = z.iso.datetime().refine((text) => !text.startsWith('0000'));
