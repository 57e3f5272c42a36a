import { VIEW_NAMES, type ViewName } from '../../consumer/all-views';

export type Role = 'api' | ViewName | 'policies';

/** The parts of the platform that can run as processes of their own, or together in one: each view has a role. */
export const ROLES: readonly Role[] = ['api', ...VIEW_NAMES, 'policies'];

/**
 * The flags with which Node runs a role; `npm start` in package.json has the same ones. The live data of a role fit into a fraction of
 * this heap; those of an API with thousands of live streams, 16 kB each, into two thirds. On a machine with much memory Node would
 * otherwise collect garbage late, at several times it. With so small a heap Node makes the space for new objects small as well, and
 * a batch does not fit into it: what is alive in the middle of one was copied several times.
 */
export const NODE_FLAGS = ['--max-old-space-size=384', '--max-semi-space-size=32'] as const;

/** One word for the roles of a process: `all`, or their names. */
export function nameOf(roles: readonly Role[]): string {
  return roles.length === ROLES.length ? 'all' : roles.join('-');
}

/**
 * The roles that a command line names; none named = all of them.
 * @throws {RangeError} listing the roles that exist
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
