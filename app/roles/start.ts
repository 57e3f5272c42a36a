import { hostname } from 'node:os';
import { loadConfig } from '../config';
import { createContext, type Context } from './context';
import { startProcess, type RunningProcess } from './process';
import { parseRoles, ROLES } from './roles';

const USAGE = `Usage: npm start -- [role…]

Runs roles in one process, in the foreground. Roles: ${ROLES.join(', ')}; none named = all of them.
The environment configures them: see README.md.
`;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return;
  }
  const roles = parseRoles(args);
  const config = loadConfig();
  const clientId = `library-${roles.length === ROLES.length ? 'all' : roles.join('-')}-${hostname()}`;
  const context: Context = createContext(config, clientId, (error) => stop(1, error));
  const state: { running?: RunningProcess; stopping: boolean } = { stopping: false };

  /** Finishes work in progress, but no longer than SHUTDOWN_TIMEOUT: the parent process would otherwise wait for ever. */
  function stop(exitCode: number, error?: Error): void {
    if (error) context.logger.fatal({ err: error }, error.message);
    if (state.stopping) return;
    state.stopping = true;
    setTimeout(() => {
      context.logger.error('not everything could be finished in time');
      process.exit(exitCode || 1);
    }, config.SHUTDOWN_TIMEOUT).unref();
    void Promise.resolve(state.running?.close())
      .catch((closeError: unknown) => context.logger.error({ err: closeError }, 'stopping failed'))
      .finally(() => process.exit(exitCode));
  }

  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(130));
  process.on('unhandledRejection', (reason) =>
    stop(1, reason instanceof Error ? reason : new Error(String(reason))),
  );
  process.on('uncaughtException', (error) => stop(1, error));
  const running = await startProcess(context, roles);
  state.running = running;
  context.logger.info({ roles, url: running.url, opsUrl: running.opsUrl }, 'started');
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(error instanceof RangeError ? 2 : 1);
});
