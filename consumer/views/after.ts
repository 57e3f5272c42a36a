import type { Position } from '../../infra/event-log/log';
import type { AnyRoute, RouteRequest } from '../../infra/http/route';
import * as fields from '../../schemas/fields';
import type { ReadGate } from './read-gate';

type Waiting = RouteRequest<object, { after?: Position }, undefined>;

/**
 * The same read, which waits first for the position that `?after=` names: every read takes it, also one that answers with more than a
 * view, or with none.
 */
export function takingAfter(route: AnyRoute, gate: ReadGate): AnyRoute {
  const reached = (request: unknown) => gate.read(request as Waiting, () => Promise.resolve());
  const taking = {
    ...route,
    query: route.query.extend({ after: fields.after }),
    problems: [...new Set([...(route.problems ?? []), 503])],
  };
  if ('stream' in route)
    return {
      ...taking,
      async stream(request, response) {
        await reached(request);
        await route.stream(request, response);
      },
    };
  return {
    ...taking,
    async handle(request) {
      await reached(request);
      return route.handle(request);
    },
  };
}
