import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, copyId } from '../../schemas/fields';
import { defineCommand } from './command';

/** The library has one more copy to lend. */
export const addCopy = defineCommand({
  ...endpoint('PUT /v1/books/{bookId}/copies/{copyId}'),
  operationId: 'addCopy',
  tag: 'Copies',
  summary: 'Add a copy of a book',
  description:
    'It goes to the head of the queue at once, if somebody waits. A copy that was withdrawn may be added again.',
  params: z.object({ bookId, copyId }),
  query: z.object({}),
  resource: 'copy',
  toEvent: ({ params }, { eventId }, occurredAt) => ({ type: 'CopyAdded', eventId, occurredAt, ...params }),
});
