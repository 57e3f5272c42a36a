import type { Caller } from '../infra/http/route';
import { ID_RULE, isId } from './ids';
import { ROLES, type Role } from './access';

export interface ClaimNames {
  readonly user: string;
  /** Tried in this order: the first that names a role counts. */
  readonly roles: readonly string[];
}

type Claims = Readonly<Record<string, unknown>>;

/** Of several roles, the one that counts. */
const PRECEDENCE: readonly Role[] = ['staff', 'analyst', 'patron'];

/** The role of a caller whose token names none: it gets nothing. */
const NO_ROLE = 'none';

/** As long as a subject may be (OpenID Connect Core 1.0, section 2). */
const NAME = /^\P{Cc}{1,255}$/u;

/** A claim by its name, or by its path: `realm_access.roles`. */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (node, key) =>
        typeof node === 'object' && node !== null && Object.hasOwn(node, key)
          ? (node as Claims)[key]
          : undefined,
      claims,
    );
}

function rolesIn(value: unknown): Role[] {
  const words: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return ROLES.filter((role) => words.includes(role));
}

/** The caller that the claims of a token stand for; or, in a sentence, why they stand for none. */
export function callerOfClaims(claims: Claims, names: ClaimNames): Caller | string {
  const name = claimOf(claims, names.user);
  const roles = names.roles.map((claim) => rolesIn(claimOf(claims, claim))).find(({ length }) => length > 0);
  const role = PRECEDENCE.find((candidate) => roles?.includes(candidate)) ?? NO_ROLE;
  // What patrons own has their ID. Others own nothing: providers may call them as they like.
  if (role === 'patron' && !isId(name))
    return `The user in the token has to be ${ID_RULE.replaceAll('"', "'")}.`;
  if (typeof name !== 'string' || !NAME.test(name))
    return 'The user in the token has to be 1 to 255 characters, without control characters.';
  return { name, role };
}
