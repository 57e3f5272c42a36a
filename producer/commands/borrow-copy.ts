import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, copyId, userId } from '../../schemas/fields';
import { defineCommand } from './command';

/** A user takes a copy home. */
export const borrowCopy = defineCommand({
  ...endpoint('POST /v1/books/{bookId}/copies/{copyId}/loans'),
  operationId: 'borrowCopy',
  tag: 'Loans',
  summary: 'Lend a copy to a user',
  description: 'The copy has to be available, or set aside for this user: that fulfils their reservation.',
  params: z.object({ bookId, copyId }),
  query: z.object({}),
  body: z.strictObject({ userId }),
  bodyExample: { userId: 'ishmael' },
  resource: 'copy',
  toEvent: ({ params, body }, { eventId }, occurredAt) => ({
    type: 'CopyBorrowed',
    eventId,
    occurredAt,
    ...params,
    userId: body.userId,
  }),
});
