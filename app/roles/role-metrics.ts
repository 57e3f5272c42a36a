import { Counter, Gauge, type Registry } from 'prom-client';
import type { Role } from './roles';

/** The metrics of the roles of a process that has several. */
export class RoleMetrics {
  private readonly roles = new Map<Role, () => boolean>();
  private readonly restarts: Counter<'role'>;

  constructor(registry: Registry) {
    const { roles } = this;
    new Gauge({
      name: 'library_role_up',
      help: 'Whether a role of this process runs (1), or has failed and is started again (0)',
      labelNames: ['role'],
      registers: [registry],
      collect() {
        for (const [role, isUp] of roles) this.set({ role }, isUp() ? 1 : 0);
      },
    });
    this.restarts = new Counter({
      name: 'library_role_restarts_total',
      help: 'How often a role of this process was started again after it had failed',
      labelNames: ['role'],
      registers: [registry],
    });
  }

  /** Shows whether the role runs. */
  watch(role: Role, isUp: () => boolean): void {
    this.roles.set(role, isUp);
    this.restarts.inc({ role }, 0);
  }

  restarted(role: Role): void {
    this.restarts.inc({ role });
  }
}
