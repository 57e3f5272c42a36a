import type { Route } from '../infra/http/route';
import { AVAILABILITY_ROUTES } from './views/availability/routes';
import { DEMAND_ROUTES } from './views/demand/routes';
import type { RouteSources, ViewRoutes } from './views/view-routes';

const ALL: readonly ViewRoutes[] = [AVAILABILITY_ROUTES, DEMAND_ROUTES];

/** The read operations of all views that have any. */
export function viewRoutes(sources: RouteSources): Route[] {
  return ALL.flatMap((routesOf) => routesOf(sources));
}
