import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, reservationId, userId } from '../../schemas/fields';
import { defineCommand } from './command';

/** A suspended reservation takes part again. */
export const resumeReservation = defineCommand({
  ...endpoint('DELETE /v1/books/{bookId}/reservations/{reservationId}/suspension'),
  operationId: 'resumeReservation',
  tag: 'Reservations',
  summary: 'Resume a suspended reservation',
  description: 'With `userId`, only a reservation of that user. A free copy is set aside for it at once.',
  params: z.object({ bookId, reservationId }),
  query: z.object({
    userId: userId.optional().describe('Who asks. Absent: the patron who sends it, else staff.'),
  }),
  actor: ({ query }) => query.userId ?? null,
  resource: 'reservation',
  toEvent: ({ params, query }, { eventId }, occurredAt) => ({
    type: 'ReservationResumed',
    eventId,
    occurredAt,
    ...params,
    userId: query.userId ?? null,
  }),
});
