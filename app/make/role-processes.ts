import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_FLAGS, type Role } from '../roles/roles';
import { loadConfig } from '../config';
import { projectRoot } from '../../infra/local/run';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import type { Settings } from '../local-system/settings';

export interface RoleProcess {
  readonly name: string;
  readonly port: number;
  /** The variable that sets the port. */
  readonly variable: string;
  readonly url: string;
  readonly spec: ProcessSpec;
}

/** Variables of make, npm and the shell. They differ from terminal to terminal and mean nothing to a background process. */
const NOT_PASSED_ON = /^(MAKE|MFLAGS|npm_|_$|SHLVL$|OLDPWD$)/;

/**
 * One process per role: the API on HTTP_PORT, the consumers on OPS_PORT_BASE and the ports after it.
 * @param env the environment of the roles, with the addresses of the services
 * @param credentialsOf the variables that a role has beside them
 * @param build the fingerprint of the code: a role that runs another build is restarted
 */
export function roleProcesses(
  roles: readonly Role[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
  build: string,
  credentialsOf: (role: Role) => Readonly<Record<string, string>> = () => ({}),
): RoleProcess[] {
  const consumers = roles.filter((role) => role !== 'api');
  const host = reachable(loadConfig(env).HTTP_HOST);
  return roles.map((name) => {
    const isApi = name === 'api';
    const port = isApi ? settings.HTTP_PORT : settings.OPS_PORT_BASE + consumers.indexOf(name);
    const variable = isApi ? 'HTTP_PORT' : 'OPS_PORT_BASE';
    const { OPS_PORT: _, ...others } = { ...env, ...credentialsOf(name) };
    const spec = roleSpec(name, port, isApi ? others : { ...others, OPS_PORT: String(port) }, build);
    return { name, port, variable, url: `http://${host}:${port}`, spec };
  });
}

function roleSpec(name: string, port: number, env: NodeJS.ProcessEnv, build: string): ProcessSpec {
  const root = projectRoot();
  const passedOn = Object.entries(env).filter(([variable]) => !NOT_PASSED_ON.test(variable));
  const config = loadConfig(env);
  return {
    name,
    kind: 'role',
    group: name,
    command: process.execPath,
    args: [...NODE_FLAGS, '--enable-source-maps', path.join(root, 'dist/app/roles/start.js'), name],
    cwd: root,
    env: Object.fromEntries(passedOn) as Record<string, string>,
    ports: [port],
    stopSignal: 'SIGTERM',
    stopTimeout: config.SHUTDOWN_DELAY + config.SHUTDOWN_TIMEOUT + 5_000,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([process.execPath, build, config]))
      .digest('hex'),
  };
}

/** The host under which a client reaches HTTP_HOST. A server that listens on all interfaces is reached on the loopback one. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** A hash of the built code. A rebuild without a change has the same one. */
export function buildFingerprint(): string {
  const dist = path.join(projectRoot(), 'dist');
  const hash = createHash('sha256');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(path.join(dist, file)));
  return hash.digest('hex');
}
