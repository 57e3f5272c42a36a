import { hostname } from 'node:os';
import { loadConfig, type Config } from '../config';
import { createContext, type Context } from './context';
import type { Ending } from './ending';
import { startProcess, type RunningProcess } from './process';
import { parseRoles, ROLES, type Role } from './roles';

const USAGE = `Usage: npm start -- [role…]

Runs roles in one process, in the foreground. Roles: ${ROLES.join(', ')}; none named = all of them.
The environment configures them: see docs/settings.md.
`;

/** Runs the roles that a command line names until the process is to end, and ends it. */
export async function run(args: readonly string[], ending: Ending): Promise<never> {
  try {
    if (args.includes('--help') || args.includes('-h')) process.stdout.write(USAGE);
    else await runRoles(parseRoles(args), loadConfig(), ending);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(error instanceof RangeError ? 2 : 1);
  }
  process.exit(ending.exitCode);
}

/** @throws {Error} when the roles cannot be started */
async function runRoles(roles: readonly Role[], config: Config, ending: Ending): Promise<void> {
  const clientId = `library-${roles.length === ROLES.length ? 'all' : roles.join('-')}-${hostname()}`;
  const context = createContext(config, clientId, (error) => ending.request(1, error));
  const { logger } = context;
  const failed = (reason: unknown) =>
    ending.request(1, reason instanceof Error ? reason : new Error(String(reason)));
  process.on('unhandledRejection', failed);
  process.on('uncaughtException', failed);
  const ended = new Promise<void>((resolve) => {
    if (ending.signal.aborted) resolve();
    else ending.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  void ended.then(() => {
    if (ending.error) logger.fatal({ err: ending.error }, ending.error.message);
    endInTime(roles, context, ending);
  });
  const running = await started(startProcess(context, roles, ending.signal), ending);
  if (running) logger.info({ roles, url: running.url, opsUrl: running.opsUrl }, 'started');
  await ended;
  await running?.close().catch((error: unknown) => logger.error({ err: error }, 'stopping failed'));
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
