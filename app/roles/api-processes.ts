import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { tellFigures } from '../../infra/http/process-figures';
import { Backoff } from '../../infra/local/supervisor/backoff';
import { createLogger, type Logger } from '../../infra/logger';
import type { Config } from '../config';
import type { Ending } from './ending';
import { endWorker, onStarted } from './watched';

/**
 * An API of several processes on one port, each with all that an API has. This process accepts the connections and gives them out
 * by turns (node:cluster), and starts a process again that has ended.
 *
 * The processes end when this one does, whatever ends it: their signals come from here, since a terminal sends Ctrl-C to all of
 * them.
 */
export class ApiProcesses {
  private readonly logger: Logger;
  private readonly running = new Set<Worker>();
  private hasServed = false;

  constructor(
    private readonly config: Config,
    private readonly ending: Ending,
  ) {
    this.logger = createLogger(config.LOG_LEVEL).child({ role: 'api' });
  }

  /**
   * Resolves when this process is to end, and all of its processes have ended.
   * @throws {Error} when an API cannot be started at all; it has said why
   */
  async run(): Promise<void> {
    tellFigures();
    const slots = Array.from({ length: this.config.API_PROCESSES }, () => this.keepRunning());
    await this.ending.requested();
    for (const worker of this.running) endWorker(worker);
    await Promise.all(slots);
  }

  private async keepRunning(): Promise<void> {
    const backoff = new Backoff();
    const { signal } = this.ending;
    while (!signal.aborted) {
      const since = Date.now();
      const code = await this.runOnce();
      if (signal.aborted) {
        this.ending.exitCode ||= code;
        return;
      }
      // What none of them can do, such as to open the port, the next one will not do either.
      if (!this.hasServed) return this.ending.request(code || 1);
      const pause = backoff.next(Date.now() - since);
      this.logger.error({ code, pause }, 'a process of the API has ended and is started again');
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns its exit code; 1 after a signal */
  private async runOnce(): Promise<number> {
    const worker = cluster.fork();
    onStarted(worker, () => (this.hasServed = true));
    this.running.add(worker);
    const [code] = (await once(worker, 'exit')) as [number | null];
    this.running.delete(worker);
    return code ?? 1;
  }
}
