import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_FLAGS } from '../roles/node-flags';
import { loadConfig } from '../config';
import { projectRoot } from '../../infra/local/run';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import type { Settings } from '../local-system/settings';

export interface RoleProcess {
  readonly name: string;
  readonly port: number;
  /** The variable that chooses the port. */
  readonly variable: string;
  readonly url: string;
  readonly spec: ProcessSpec;
}

/** Of make and npm, and different in every shell: no business of a process that runs in the background. */
const NOT_PASSED_ON = /^(MAKE|MFLAGS|npm_|_$|SHLVL$|OLDPWD$)/;

/**
 * One process per role, the API on HTTP_PORT and the consumers on OPS_PORT_BASE and after.
 * @param env what the roles get, with the addresses of the services in it
 * @param build changes with the code: a role that runs other code than this is started anew
 */
export function roleProcesses(
  roles: readonly string[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
  build: string,
): RoleProcess[] {
  const consumers = roles.filter((role) => role !== 'api');
  const host = reachable(loadConfig(env).HTTP_HOST);
  return roles.map((name) => {
    const isApi = name === 'api';
    const port = isApi ? settings.HTTP_PORT : settings.OPS_PORT_BASE + consumers.indexOf(name);
    const variable = isApi ? 'HTTP_PORT' : 'OPS_PORT_BASE';
    const { OPS_PORT: _, ...others } = env;
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
    stopTimeout: config.SHUTDOWN_TIMEOUT + 5_000,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([process.execPath, build, config]))
      .digest('hex'),
  };
}

/** An address of all interfaces is for listening; it is reached on any of them. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Of the built code, by content: building again without a change is no change. */
export function buildFingerprint(): string {
  const dist = path.join(projectRoot(), 'dist');
  const hash = createHash('sha256');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(path.join(dist, file)));
  return hash.digest('hex');
}
