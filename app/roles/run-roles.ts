import { hostname } from 'node:os';
import cluster from 'node:cluster';
import { startTracing } from '../../infra/tracing/tracing';
import type { Config } from '../config';
import { version } from './build-info';
import { createContext, type Context } from './context';
import type { Ending } from './ending';
import { startProcess, type RunningProcess } from './process';
import { nameOf, type Role } from './roles';
import { tellStarted } from './watched';

/**
 * Runs the roles until this process is to end.
 * @throws {Error} when the roles cannot be started
 */
export async function runRoles(roles: readonly Role[], config: Config, ending: Ending): Promise<void> {
  const service = { name: `library-${nameOf(roles)}`, version: version() };
  const tracing = await startTracing(config.OTEL_EXPORTER_OTLP_ENDPOINT, service);
  const fail = (error: Error) => ending.request(1, error);
  const context = createContext(config, clientIdOf(roles), fail, roles, tracing);
  const { logger } = context;
  const failed = (reason: unknown) =>
    ending.request(1, reason instanceof Error ? reason : new Error(String(reason)));
  process.on('unhandledRejection', failed);
  process.on('uncaughtException', failed);
  const ended = ending.requested();
  void ended.then(() => {
    if (ending.error) logger.fatal({ err: ending.error }, ending.error.message);
    endInTime(roles, context, ending);
  });
  const running = await started(startProcess(context, roles, ending.signal), ending);
  if (running) {
    const { url, opsUrl } = running;
    tellStarted();
    logger.info({ roles, pid: process.pid, url, opsUrl }, 'started');
  }
  await ended;
  await running?.close().catch((error: unknown) => logger.error({ err: error }, 'stopping failed'));
}

/** What this process calls itself towards Kafka. */
function clientIdOf(roles: readonly Role[]): string {
  const nth = cluster.worker ? `-${cluster.worker.id}` : '';
  return `library-${nameOf(roles)}-${hostname()}${nth}`;
}

/** The process; undefined when it was to end while it started, and has been closed. */
async function started(
  starting: Promise<RunningProcess>,
  { signal }: Ending,
): Promise<RunningProcess | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  }
}

/** Ends the process when closing it takes too long: whoever waits for its end would otherwise wait for ever. */
function endInTime(roles: readonly Role[], { config, logger }: Context, { exitCode }: Ending): void {
  const delay = roles.includes('api') ? config.SHUTDOWN_DELAY : 0;
  setTimeout(() => {
    logger.error('not everything could be finished in time');
    process.exit(exitCode || 1);
  }, delay + config.SHUTDOWN_TIMEOUT).unref();
}
