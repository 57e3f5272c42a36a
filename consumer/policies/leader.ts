import type { Pool } from 'pg';
import { leaderOf, type LeaderLock } from '../../infra/postgres/leadership';

/** Whoever holds it decides: one instance for all policies of a database. */
export const POLICIES_LOCK: LeaderLock = [0x706f6c69, 0];

/** @returns who decides. @throws {Error} while no instance does */
export async function assertPoliciesAreLed(pool: Pool): Promise<string> {
  const leader = await leaderOf(pool, POLICIES_LOCK);
  if (leader === undefined) throw new Error('no instance decides at present: one takes over within seconds');
  return `${leader} decides`;
}
