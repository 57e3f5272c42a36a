import cluster from 'node:cluster';
import { refusedUser } from '../../infra/kafka/security/refused';
import { loadConfig, type Config } from '../config';
import type { Ending } from './ending';
import { parseRoles, ROLES, type Role } from './roles';

const USAGE = `Usage: npm start -- [role…]

Runs roles in one process, in the foreground. Roles: ${ROLES.join(', ')}; none named = all of them.
The environment configures them: see docs/settings.md.
`;

/** Runs the roles that a command line names until the process is to end, and ends it. */
export async function run(args: readonly string[], ending: Ending): Promise<never> {
  try {
    if (args.includes('--help') || args.includes('-h')) process.stdout.write(USAGE);
    else await runAs(parseRoles(args), loadConfig(), ending);
  } catch (error) {
    process.stderr.write(`${refusedUser(error) ?? (error as Error).message}\n`);
    process.exit(error instanceof RangeError ? 2 : 1);
  }
  process.exit(ending.exitCode);
}

/** A process that only watches over others does not load what they run. */
async function runAs(roles: readonly Role[], config: Config, ending: Ending): Promise<void> {
  if (config.API_PROCESSES > 1 && cluster.isPrimary && roles.includes('api')) {
    if (roles.length > 1)
      throw new Error(
        'API_PROCESSES is for an API alone: run the other roles in a process of their own, or set it to 1.',
      );
    const { ApiProcesses } = await import('./api-processes.js');
    return new ApiProcesses(config, ending).run();
  }
  const { runRoles } = await import('./run-roles.js');
  return runRoles(roles, config, ending);
}
