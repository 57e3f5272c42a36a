import { VIEW_NAMES, type ViewName } from '../../consumer/all-views';

export type Role = 'api' | ViewName | 'policies';

/** The parts of the platform that can run as processes of their own, or together in one: each view has a role. */
export const ROLES: readonly Role[] = ['api', ...VIEW_NAMES, 'policies'];

/**
 * The roles named on a command line; none = all of them.
 * @throws {RangeError} naming those that there are
 */
export function parseRoles(args: readonly string[]): Role[] {
  const unknown = args.filter((arg) => !(ROLES as readonly string[]).includes(arg));
  if (unknown.length > 0) {
    throw new RangeError(
      `There is no role ${unknown.join(', ')}. The roles are ${ROLES.join(', ')}; none named = all.`,
    );
  }
  return args.length === 0 ? [...ROLES] : [...new Set(args as Role[])];
}
