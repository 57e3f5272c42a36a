import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, copyId } from '../../schemas/fields';
import { defineCommand } from './command';

/** A copy on loan comes back. */
export const returnCopy = defineCommand({
  ...endpoint('POST /v1/books/{bookId}/copies/{copyId}/returns'),
  operationId: 'returnCopy',
  tag: 'Loans',
  summary: 'Return a copy',
  description: 'The copy goes to the head of the queue at once, if somebody waits.',
  params: z.object({ bookId, copyId }),
  query: z.object({}),
  resource: 'copy',
  toEvent: ({ params }, { eventId }, occurredAt) => ({
    type: 'CopyReturned',
    eventId,
    occurredAt,
    ...params,
  }),
});
