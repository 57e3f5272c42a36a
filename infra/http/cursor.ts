import { z } from 'zod';

/**
 * A cursor for keyset pagination: the sort key of the last item of the page before, opaque to clients.
 * @param key the parts of the sort key
 */
export function cursor<T extends z.ZodType>(key: T) {
  return z
    .string()
    .max(1_000)
    .transform((text, context): z.output<T> => {
      const parsed = key.safeParse(decode(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'must be a nextCursor that this list has answered with' });
      return z.NEVER;
    })
    .optional()
    .meta({
      documented: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,1000}$' },
      description: 'The `nextCursor` of the page before.',
    });
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A page of rows of which one more than `limit` was queried, and the cursor of the next page. */
export function paginate<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => readonly (string | number)[],
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor =
    rows.length > limit && last !== undefined
      ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url')
      : null;
  return { items: page.map(toItem), nextCursor };
}
