import { z } from 'zod';
import { cursor } from '../../../infra/http/cursor';
import { limit, storedTime } from '../../../infra/http/fields';
import { defineRoute, type Route } from '../../../infra/http/route';
import { endpoint } from '../../../schemas/access';
import * as fields from '../../../schemas/fields';
import type { ReadGate } from '../read-gate';
import type { HoldShelf } from './hold-shelf';
import * as resources from './resources';

const query = z.object({
  cursor: cursor(z.tuple([storedTime, fields.bookId, fields.reservationId])),
  limit,
  after: fields.after,
});
const page = z.object({ items: z.array(resources.heldCopy), nextCursor: z.string().nullable() });

/** What the desk works through: over all books, what is set aside and what is to be fetched. */
export function holdShelfRoutes(shelf: HoldShelf, gate: ReadGate): Route[] {
  return [
    defineRoute({
      ...endpoint('GET /v1/hold-shelf'),
      operationId: 'listHoldShelf',
      tag: 'Copies',
      summary: 'The copies that are set aside, by the end of their pickup windows',
      params: z.object({}),
      query,
      responses: { 200: { description: 'A page of copies, those whose window ends first', schema: page } },
      problems: [503],
      handle: (request) =>
        gate.read(request, async ({ limit, cursor }) => ({
          status: 200,
          body: await shelf.held(limit, cursor),
        })),
    }),
    defineRoute({
      ...endpoint('GET /v1/pull-list'),
      operationId: 'listPullList',
      tag: 'Copies',
      summary: 'The copies that are set aside and stood on the shelves: those to be fetched',
      description:
        'Copies that were set aside when they were returned or added, or for another reader before, are at the desk already and not among them.',
      params: z.object({}),
      query,
      responses: { 200: { description: 'A page of copies, the newest windows first', schema: page } },
      problems: [503],
      handle: (request) =>
        gate.read(request, async ({ limit, cursor }) => ({
          status: 200,
          body: await shelf.pulled(limit, cursor),
        })),
    }),
  ];
}
