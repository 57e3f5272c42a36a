import { NOTICES_VIEW } from './notices/definition';
import { AVAILABILITY_VIEW } from './views/availability/definition';
import type { ViewDefinition } from './views/definition';
import { DEMAND_VIEW } from './views/demand/definition';

/**
 * All views. Roles, replays and the command line find them here: a new view is its folder and one line. (Its routes, where
 * it has any, are listed in `all-routes.ts`: what they load is of no use to anything but the API.)
 */
export const ALL_VIEWS = [AVAILABILITY_VIEW, DEMAND_VIEW, NOTICES_VIEW] as const;

export type ViewName = (typeof ALL_VIEWS)[number]['name'];

export const VIEW_NAMES: readonly ViewName[] = ALL_VIEWS.map(({ name }) => name);

/** @throws {RangeError} when no view has this name */
export function viewNamed(name: string): ViewDefinition {
  const found = findView(({ name: own }) => own === name);
  if (!found) throw new RangeError(`There is no view ${name}: the views are ${VIEW_NAMES.join(', ')}`);
  return found;
}

/** The first view that the condition is true of. */
export function findView(isWanted: (view: ViewDefinition) => boolean): ViewDefinition | undefined {
  return ALL_VIEWS.find((view: ViewDefinition) => isWanted(view));
}
