import { z } from 'zod';
import { limit } from '../../../infra/http/fields';
import { Problem } from '../../../infra/http/problem';
import { defineRoute, type Route } from '../../../infra/http/route';
import { endpoint } from '../../../schemas/access';
import * as fields from '../../../schemas/fields';
import { titled } from '../../../schemas/refusals';
import { cursor } from '../../../infra/http/cursor';
import type { ReadGate } from '../read-gate';
import type { ViewRoutes } from '../view-routes';
import { demandGates } from './gates';
import { DemandQueries } from './queries';
import * as resources from './resources';

/** A day that Postgres accepts: it has no year 0. */
const day = z.iso
  .date('must be a day, YYYY-MM-DD')
  .refine((text) => !text.startsWith('0000'), 'must be a day, YYYY-MM-DD');

const PERIOD = {
  from: day.optional().describe('The first day that counts, UTC; absent: all there is'),
  to: day.optional().describe('The last day that counts, UTC; absent: all there is'),
};
const PAGE = { limit, after: fields.after };

const pageOf = (item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** The read operations of the demand view. */
export const DEMAND_ROUTES: ViewRoutes = ({ pool, partitions, watcherOf }) => {
  const queries = new DemandQueries(pool);
  const gates = demandGates(watcherOf('availability'), watcherOf('demand'), partitions);
  return [
    mostWantedRoute(queries, gates.mostWanted),
    dailyRoute(queries, gates.daily),
    forecastRoute(queries, gates.forecast),
  ];
};

function mostWantedRoute(queries: DemandQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/demand'),
    operationId: 'listDemand',
    tag: 'Demand',
    summary: 'The most wanted books',
    params: z.object({}),
    query: z.object({ ...PERIOD, cursor: cursor(z.tuple([z.int32(), fields.bookId])), ...PAGE }),
    responses: {
      200: {
        description: 'A page of books, those with the most reservations first',
        schema: pageOf(resources.demand),
      },
    },
    problems: [503],
    handle: async (request) => {
      assertInOrder(request.query);
      return gate.read(request, async ({ from, to, limit, cursor }) => ({
        status: 200,
        body: await queries.mostWanted({ from, to, limit, cursor }),
      }));
    },
  });
}

function dailyRoute(queries: DemandQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/demand/daily'),
    operationId: 'listDailyDemand',
    tag: 'Demand',
    summary: 'Reservations and cancellations of each book and day',
    params: z.object({}),
    query: z.object({
      bookId: fields.bookId.optional(),
      ...PERIOD,
      cursor: cursor(z.tuple([day, fields.bookId])),
      ...PAGE,
    }),
    responses: {
      200: { description: 'A page of days in which something happened', schema: pageOf(resources.demandDay) },
    },
    problems: [503],
    handle: async (request) => {
      assertInOrder(request.query);
      return gate.read(request, async ({ bookId, from, to, limit, cursor }) => ({
        status: 200,
        body: await queries.daily({ bookId, from, to, limit, cursor }),
      }));
    },
  });
}

function forecastRoute(queries: DemandQueries, gate: ReadGate): Route {
  return defineRoute({
    ...endpoint('GET /v1/books/{bookId}/forecast'),
    operationId: 'getForecast',
    tag: 'Demand',
    summary: 'How long a reservation made now is likely to wait',
    params: z.object({ bookId: fields.bookId }),
    query: z.object({ after: fields.after }),
    responses: {
      200: { description: "An estimate from the book's own loans", schema: resources.waitForecast },
    },
    problems: [404, 503],
    handle: (request) =>
      gate.read(request, async () => {
        const { bookId } = request.params;
        const forecast = await queries.forecast(bookId);
        if (!forecast)
          throw Problem.notFound(`There is no book ${bookId} in the catalogue.`, titled('unknown-book'));
        return { status: 200, body: forecast };
      }),
  });
}

/** @throws {Problem} 400 for a period that ends before it begins */
function assertInOrder({ from, to }: { from?: string | undefined; to?: string | undefined }): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw Problem.invalid([{ path: 'from', message: `must not be after to, ${to}` }]);
}
