import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, copyId } from '../../schemas/fields';
import { defineCommand } from './command';

/** A copy is no longer lent. */
export const withdrawCopy = defineCommand({
  ...endpoint('DELETE /v1/books/{bookId}/copies/{copyId}'),
  operationId: 'withdrawCopy',
  tag: 'Copies',
  summary: 'Withdraw a copy',
  description:
    'A loan of the copy ends with it; a reservation that it was set aside for gets another copy or goes back to the head of the queue.',
  params: z.object({ bookId, copyId }),
  query: z.object({}),
  resource: 'copy',
  toEvent: ({ params }, { eventId }, occurredAt) => ({
    type: 'CopyWithdrawn',
    eventId,
    occurredAt,
    ...params,
  }),
});
