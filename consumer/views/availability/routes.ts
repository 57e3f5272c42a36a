import { z } from 'zod';
import { limit, storedTime, text } from '../../../infra/http/fields';
import { Problem } from '../../../infra/http/problem';
import { defineRoute, type Caller, type Reply, type Route } from '../../../infra/http/route';
import { endpoint, onlyUser, requireSelf } from '../../../schemas/access';
import * as fields from '../../../schemas/fields';
import { titled } from '../../../schemas/refusals';
import { cursor } from '../../../infra/http/cursor';
import { ReadGate } from '../read-gate';
import type { ViewRoutes } from '../view-routes';
import { HoldShelf } from './hold-shelf';
import { holdShelfRoutes } from './hold-shelf-routes';
import { Masks } from './masks';
import { AvailabilityQueries } from './queries';
import * as resources from './resources';

const AFTER = { after: fields.after };
const PAGE = { limit, ...AFTER };
const bookParams = z.object({ bookId: fields.bookId });

const pageOf = (item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });
const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } });
const reply = (body: object): Reply => ({ status: 200, body });

const unknownBook = (bookId: string, deniedTo?: Caller) =>
  Problem.notFound(
    `There is no book ${bookId} in the catalogue.`,
    titled('unknown-book'),
    deniedTo ? { deniedTo } : {},
  );

/** The read operations of the availability view. */
export const AVAILABILITY_ROUTES: ViewRoutes = ({ prisma, reads, partitions, watcherOf }) => {
  const queries = new AvailabilityQueries(prisma, reads);
  const gate = new ReadGate(watcherOf('availability'), partitions);
  return [
    reservationRoute(queries, gate),
    bookRoute(queries, gate),
    booksRoute(queries, gate),
    copiesRoute(queries, gate),
    bookReservationsRoute(queries, gate),
    userReservationsRoute(queries, gate),
    historyRoute(queries, gate),
    ...holdShelfRoutes(new HoldShelf(reads), gate),
  ];
};

function booksRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books'),
    operationId: 'listBooks',
    tag: 'Books',
    summary: 'List or search the catalogue',
    params: z.object({}),
    query: z.object({
      search: text({ max: 200 })
        .optional()
        .describe('Words of title and authors, all of which must occur; upper and lower case are the same.'),
      cursor: cursor(z.tuple([fields.bookId])),
      ...PAGE,
    }),
    responses: ok('A page of books in the order of their IDs', pageOf(resources.book)),
    problems: [503],
    handle: (request) =>
      gate.read(request, async ({ search, limit, cursor }) =>
        reply(await queries.books({ search, limit, cursor })),
      ),
  });
}

function bookRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books/{bookId}'),
    operationId: 'getBook',
    tag: 'Books',
    summary: 'A book and how many of its copies are free',
    params: bookParams,
    query: z.object(AFTER),
    responses: ok('The book', resources.book),
    problems: [404, 503],
    handle: (request) =>
      gate.read(request, async () => {
        const book = await queries.book(request.params.bookId);
        if (!book) throw unknownBook(request.params.bookId);
        return reply(book);
      }),
  });
}

function copiesRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books/{bookId}/copies'),
    operationId: 'listCopies',
    tag: 'Copies',
    summary: 'The copies of a book, withdrawn ones included',
    params: bookParams,
    query: z.object({ cursor: cursor(z.tuple([fields.copyId])), ...PAGE }),
    responses: ok('A page of copies in the order of their IDs', pageOf(resources.copy)),
    problems: [404, 503],
    handle: (request) =>
      gate.read(request, async ({ limit, cursor }) => {
        const { bookId } = request.params;
        const page = await queries.copies(bookId, limit, cursor);
        if (page.items.length === 0 && !(await queries.book(bookId))) throw unknownBook(bookId);
        const masks = new Masks(request);
        return reply({ ...page, items: page.items.map((copy) => masks.copy(copy)) });
      }),
  });
}

function reservationRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books/{bookId}/reservations/{reservationId}'),
    operationId: 'getReservation',
    tag: 'Reservations',
    summary: 'What has become of a reservation',
    params: bookParams.extend({ reservationId: fields.reservationId }),
    query: z.object(AFTER),
    responses: ok('The reservation; one that was refused has the status `rejected`', resources.reservation),
    problems: [404, 503],
    handle: (request) =>
      gate.read(request, async () => {
        const { bookId, reservationId } = request.params;
        const reservation = await queries.reservation(bookId, reservationId);
        const only = onlyUser(request);
        const isDenied = reservation !== undefined && only !== undefined && reservation.userId !== only;
        if (reservation && !isDenied) return reply(new Masks(request).reservation(reservation));
        // The same for another's as for none, so that it does not tell which there are.
        if (!(await queries.book(bookId))) throw unknownBook(bookId, isDenied ? request.caller : undefined);
        const detail = `The book ${bookId} has no reservation ${reservationId}.`;
        const what = titled('unknown-reservation');
        throw Problem.notFound(detail, what, isDenied ? { deniedTo: request.caller } : {});
      }),
  });
}

function bookReservationsRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books/{bookId}/reservations'),
    operationId: 'listReservationsOfBook',
    tag: 'Reservations',
    summary: 'The reservations of a book in queue order',
    params: bookParams,
    query: z.object({
      status: z.enum(resources.RESERVATION_STATUSES).optional(),
      cursor: cursor(z.tuple([z.int().min(0).max(2), z.int()])),
      ...PAGE,
    }),
    responses: ok('A page of reservations: ready, then waiting, then closed', pageOf(resources.reservation)),
    problems: [404, 503],
    handle: (request) =>
      gate.read(request, async ({ status, limit, cursor }) => {
        const { bookId } = request.params;
        const page = await queries.reservationsOfBook(bookId, status, limit, cursor);
        if (page.items.length === 0 && !(await isHeardOf(queries, bookId))) throw unknownBook(bookId);
        const masks = new Masks(request);
        return reply({ ...page, items: page.items.map((each) => masks.reservation(each)) });
      }),
  });
}

function userReservationsRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/users/{userId}/reservations'),
    operationId: 'listReservationsOfUser',
    tag: 'Reservations',
    summary: 'The reservations of a user, newest first',
    params: z.object({ userId: fields.userId }),
    query: z.object({
      cursor: cursor(z.tuple([storedTime, fields.reservationId, fields.bookId])),
      ...PAGE,
    }),
    responses: ok(
      'A page of reservations; empty for a user who never reserved',
      pageOf(resources.reservation),
    ),
    problems: [503],
    handle: async (request) => {
      const { userId } = request.params;
      requireSelf(request, userId);
      const masks = new Masks(request);
      return gate.read(request, async ({ limit, cursor }) => {
        const page = await queries.reservationsOfUser(userId, limit, cursor);
        return reply({ ...page, items: page.items.map((each) => masks.reservation(each)) });
      });
    },
  });
}

function historyRoute(queries: AvailabilityQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books/{bookId}/history'),
    operationId: 'getHistory',
    tag: 'Books',
    summary: 'Every event of a book in the order of the stream',
    params: bookParams,
    query: z.object({ cursor: cursor(z.tuple([z.int32(), z.int()])), ...PAGE }),
    responses: ok('A page of events; `code` says why one had no effect', pageOf(resources.historyEntry)),
    problems: [404, 503],
    handle: (request) =>
      gate.read(request, async ({ limit, cursor }) => {
        const { bookId } = request.params;
        const page = await queries.history(bookId, limit, cursor);
        if (page.items.length === 0 && !(await isHeardOf(queries, bookId))) throw unknownBook(bookId);
        const items = await new Masks(request).history(page.items, (ids, user) =>
          queries.ownAmong(bookId, ids, user),
        );
        return reply({ ...page, items });
      }),
  });
}

/** A book that was never catalogued but has events is no 404 where those are asked for: the refused ones are to be seen. */
async function isHeardOf(queries: AvailabilityQueries, bookId: string): Promise<boolean> {
  return (await queries.history(bookId, 1)).items.length > 0;
}
