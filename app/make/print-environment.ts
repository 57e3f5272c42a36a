import { print } from '../terminal/print';
import { Failure } from './failure';
import { DEFAULT_LOCAL_DIR, foldersOf } from '../local-system/settings';
import { exportedOf, readSystem, type System } from '../local-system/system';

/** How clients reach Kafka and the registry, beside their addresses. */
const FOR_CLIENTS = /^(KAFKA_(SSL|SASL|OAUTH)|SCHEMA_REGISTRY_|TOPIC_PREFIX)/;

/**
 * Prints the addresses of the running system as lines for a shell: `eval "$(make -s env)"`. Where each process is a user of its own,
 * the shell is the analyst.
 */
export function printEnvironment(env: NodeJS.ProcessEnv): void {
  const system = readSystem(foldersOf({ LOCAL_DIR: env.LOCAL_DIR || DEFAULT_LOCAL_DIR }));
  if (!system) throw new Failure('Nothing was started here yet: make up does.');
  for (const line of exportsOf(system)) print(line);
}

/** One `export` for each variable; `API` is the URL of the API. */
export function exportsOf(system: System): string[] {
  const { env, roles, settings = {} } = system;
  const { HTTP_PORT: _, ...addresses } = { ...env, ...exportedOf(system) };
  const api = roles.find(({ name }) => name === 'api')?.url;
  const more = Object.entries(settings).filter(([name]) => FOR_CLIENTS.test(name));
  const all = { ...Object.fromEntries(more), ...addresses, ...(api !== undefined && { API: api }) };
  return Object.entries(all).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`);
}
