import type { Caller } from './route';

/**
 * What a role gets of an operation: `all`; only what is its `own`; everything with the people in it `masked`; `none`.
 * The operation sees to `own` and `masked`.
 */
export type Scope = 'all' | 'own' | 'masked' | 'none';

/** The role of whoever sends no credentials. */
export const ANONYMOUS_ROLE = 'anonymous';

/** What each role gets of an operation. A role that is not named gets nothing. */
export type Access = Readonly<Record<string, Scope>>;

/** The caller of every request while no authentication is configured. They may do everything. */
export const ANONYMOUS: Caller = Object.freeze({ name: '', role: ANONYMOUS_ROLE });

/** What a caller gets. @param access absent: everybody gets all */
export function scopeOf(caller: Caller, access: Access | undefined): Scope {
  if (caller === ANONYMOUS || access === undefined) return 'all';
  return access[caller.role] ?? 'none';
}

/** What whoever sends no credentials gets of it, where callers authenticate. */
export function scopeOfStrangers(access: Access): Scope {
  return access[ANONYMOUS_ROLE] ?? 'none';
}

/** Whether an operation is for everybody, without credentials. */
export function isOpen(access: Access | undefined): boolean {
  return access === undefined || access[ANONYMOUS_ROLE] === 'all';
}
