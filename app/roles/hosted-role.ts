import { setTimeout as delay } from 'node:timers/promises';
import { unlessAborted, withDeadline } from '../../infra/deadline';
import { Backoff } from '../../infra/local/supervisor/backoff';
import type { Logger } from '../../infra/logger';
import type { RunningRole } from './context';
import type { RoleMetrics } from './role-metrics';
import type { Role } from './roles';

/** How long a start that is no longer wanted is waited for, to close what it has opened. */
const LATE_START_MS = 3_000;
/** How long what a failed role leaves behind may take to close. */
const CLOSING_MS = 10_000;

export interface HostedRoleOptions {
  readonly name: Role;
  /** Starts the role. @param fail to be called when it cannot go on */
  start(fail: (error: Error) => void): Promise<RunningRole>;
  readonly metrics: RoleMetrics;
  readonly logger: Logger;
  /** Gives the pauses before the next start. */
  readonly backoff?: Pick<Backoff, 'next'>;
}

/**
 * A role in a process that it shares with others: when it fails it is started again, after a growing pause, and the others
 * go on.
 */
export class HostedRole implements RunningRole {
  /** Why the role does not run at the moment; undefined while it runs. */
  problem: Error | undefined = new Error('it is starting');
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: HostedRoleOptions) {}

  get name(): Role {
    return this.options.name;
  }

  /** Resolves when the role has started, or has failed to for the first time. */
  start(): Promise<void> {
    this.options.metrics.watch(this.options.name, () => this.problem === undefined);
    return new Promise((resolve) => {
      this.running = this.run(resolve);
    });
  }

  /** Ends the role. It is not started again. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async run(onStarted: () => void): Promise<void> {
    const { name, logger, metrics, backoff = new Backoff() } = this.options;
    const { signal } = this.closing;
    for (;;) {
      const since = Date.now();
      this.problem = await this.runOnce(onStarted);
      onStarted();
      if (signal.aborted) return;
      const pause = backoff.next(Date.now() - since);
      logger.error({ err: this.problem, pause }, `${name} has failed and is started again`);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      metrics.restarted(name);
    }
  }

  /** @returns what ended it: the error with which it failed, or that it was closed */
  private async runOnce(onStarted: () => void): Promise<Error> {
    const failure = new AbortController();
    const ended = AbortSignal.any([this.closing.signal, failure.signal]);
    const starting = this.options.start((error) => failure.abort(error));
    try {
      await unlessAborted(ended, starting);
      this.problem = undefined;
      onStarted();
      return await unlessAborted(ended, new Promise<never>(() => undefined));
    } catch (error) {
      this.problem = error as Error;
      await this.closeRun(starting);
      return this.problem;
    }
  }

  private async closeRun(starting: Promise<RunningRole>): Promise<void> {
    // The process has a deadline of its own.
    if (this.closing.signal.aborted) return closeStarted(starting);
    const { logger } = this.options;
    await withDeadline(CLOSING_MS, () => closeStarted(starting)).catch((error: unknown) =>
      logger.warn({ err: error }, 'what a failed role left behind could not be closed'),
    );
  }
}

/** Closes a role whose start may still be under way. A start that takes long is left to itself. */
export async function closeStarted(starting: Promise<RunningRole>): Promise<void> {
  const role = await withDeadline(LATE_START_MS, () => starting).catch(() => undefined);
  await role?.close();
}
