import { setTimeout as delay } from 'node:timers/promises';
import type { RoleProcess } from './e2e/role-process';

/** Whether a process with the role `policies` decides, as its metrics say. */
export async function leads(role: RoleProcess): Promise<boolean> {
  const text = await (await fetch(`${role.opsUrl}/metrics`)).text();
  return /^library_policies_leading 1$/m.test(text);
}

/** The process that decides, once there is one. */
export async function untilOneLeads(roles: readonly RoleProcess[]): Promise<RoleProcess> {
  for (;;) {
    const leading = await Promise.all(roles.map((role) => leads(role)));
    const leader = roles[leading.indexOf(true)];
    if (leader) return leader;
    await delay(50);
  }
}
