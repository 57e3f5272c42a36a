import { z } from 'zod';
import { ANONYMOUS, identifyByToken, type Identify } from '../infra/http/auth';
import { Problem } from '../infra/http/problem';
import type { Caller } from '../infra/http/route';

/** What a token makes of its bearer: `staff` may do everything, a `patron` acts as the user of that name alone. */
type Role = 'staff' | 'patron';

/** The callers without restriction. Without authentication that is everybody. */
const UNRESTRICTED: ReadonlySet<string> = new Set<string>(['staff' satisfies Role, ANONYMOUS.role]);

export const accessEnvironment = {
  /** `token=staff:name` or `token=patron:userId`, separated by `;`. Absent = no authentication. */
  API_TOKENS: z.string().optional(),
};

function parseCaller(text: string): Caller | undefined {
  const [, role, name] = /^(staff|patron):(.+)$/.exec(text) ?? [];
  return role === undefined || name === undefined ? undefined : { role: role as Role, name };
}

/**
 * Identifies the callers of the API by the tokens in `API_TOKENS`.
 * @throws {Error} with the number of the entry that is not well formed, never its content
 */
export function identifyLibraryCaller(tokens: string): Identify {
  return identifyByToken(tokens, {
    realm: 'library',
    parseCaller,
    form: 'token=staff:name or token=patron:userId',
  });
}

/** @throws {Problem} 403 for a patron: the operation is for staff (and for everybody without authentication) */
export function requireStaff({ role }: Caller): void {
  if (!UNRESTRICTED.has(role)) throw Problem.forbidden('Only staff may do this.');
}

/**
 * @param user the user that the request acts for; null = the library
 * @throws {Problem} 403 for a patron who acts for anybody but themselves
 */
export function requireSelf({ role, name }: Caller, user: string | null): void {
  if (UNRESTRICTED.has(role) || user === name) return;
  throw Problem.forbidden(`A patron may only act for themselves: userId has to be "${name}".`);
}
