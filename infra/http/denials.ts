import { Counter, type Registry } from 'prom-client';
import { perRegistry } from '../per-registry';
import type { Logger } from '../logger';
import { Problem } from './problem';

/** Counts what is denied. */
export const deniedCounter = perRegistry(
  (registry) =>
    new Counter({
      name: 'http_denied_total',
      help: 'Requests that were denied, by status (404: what belongs to somebody else), operation and role of the caller',
      labelNames: ['status', 'operation', 'role'],
      registers: [registry],
    }),
);

/** Logs and counts what callers are denied. Credentials are never logged. */
export class Denials {
  private readonly counter: ReturnType<typeof deniedCounter>;

  constructor(
    private readonly logger: Logger,
    registry: Registry,
  ) {
    this.counter = deniedCounter(registry);
  }

  /**
   * To be told of every error that a request ends with: those that are no denial are ignored.
   * @param address of whoever sent it; a proxy's, unless that is trusted
   */
  note(
    error: unknown,
    { method, path }: { readonly method: string; readonly path: string },
    address: string | undefined,
  ): void {
    if (!(error instanceof Problem)) return;
    const { kind, detail, options } = error;
    const { deniedTo } = options;
    if (kind.status !== 401 && !deniedTo) return;
    const status = String(kind.status);
    const operation = `${method.toUpperCase()} ${path}`;
    this.counter.inc({ status, operation, role: deniedTo?.role ?? 'unknown' });
    const { role, name } = deniedTo ?? {};
    this.logger.warn({ status, operation, callerRole: role, name, address, detail }, 'denied');
  }
}
