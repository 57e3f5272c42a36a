/** The parts of the platform. Each can run in a process of its own, or several together in one. */
export const ROLES = ['api', 'availability', 'demand', 'notices', 'policies'] as const;

export type Role = (typeof ROLES)[number];

/**
 * The flags with which Node runs a role; `npm start` in package.json has the same ones. The live data of a role fit into
 * a fraction of this heap. On a machine with much memory Node would otherwise collect garbage late, at several times it.
 */
export const NODE_FLAGS = ['--max-old-space-size=256'] as const;

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
