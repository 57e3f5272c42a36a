import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { httpAnswers, waitUntil } from '../../infra/local/wait';
import { freePorts } from '../../infra/local/ports';
import type { TestEnvironment } from '../../test/environment';
import { KeptRole } from './kept-role';

/** Two of the API, of `availability` and of the policies, and one of each of the others. */
const PROCESSES = [
  ['api-1', 'api'],
  ['api-2', 'api'],
  ['availability-1', 'availability'],
  ['availability-2', 'availability'],
  ['demand', 'demand'],
  ['notices', 'notices'],
  ['policies-1', 'policies'],
  ['policies-2', 'policies'],
] as const;

const READY_TIMEOUT_MS = 90_000;

export interface SystemOptions {
  readonly environment: TestEnvironment;
  /** For the logs. */
  readonly folder: string;
  /** The root of the build. */
  readonly build: string;
  /** The variables of every process, over those of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The platform under test: every role as its own processes, which are started again when they end. */
export class System {
  private constructor(
    readonly environment: TestEnvironment,
    readonly roles: readonly KeptRole[],
    /** The instances of the API. */
    readonly urls: readonly string[],
    private readonly opsUrls: readonly string[],
  ) {}

  /** Describes the processes; none is started. */
  static async prepare({ environment, folder, build, env = {} }: SystemOptions): Promise<System> {
    mkdirSync(folder, { recursive: true });
    const ports = await freePorts(PROCESSES.length);
    const roles = PROCESSES.map(([name, role], i) => {
      const port = String(ports[i]!);
      const own = role === 'api' ? { HTTP_PORT: port } : { OPS_PORT: port };
      return new KeptRole({
        name,
        roles: [role],
        build,
        folder,
        env: { ...environment.env, ...env, LOG_LEVEL: 'info', ...own },
      });
    });
    const urlsOf = (isApi: boolean) =>
      PROCESSES.flatMap(([, role], i) => ((role === 'api') === isApi ? `http://127.0.0.1:${ports[i]}` : []));
    return new System(environment, roles, urlsOf(true), urlsOf(false));
  }

  start(): void {
    for (const role of this.roles) role.start();
  }

  /** Resolves when every process says that it is ready. */
  async untilReady(): Promise<void> {
    const urls = [...this.urls, ...this.opsUrls];
    await waitUntil(
      async () => (await Promise.all(urls.map((url) => httpAnswers(`${url}/readyz`)))).every(Boolean),
      { what: 'the roles did not become ready', timeout: READY_TIMEOUT_MS, every: 250 },
    );
  }

  /** The processes of a role. */
  of(role: string): readonly KeptRole[] {
    return this.roles.filter(({ name }) => name.replace(/-\d$/, '') === role);
  }

  async stop(): Promise<void> {
    await Promise.all(this.roles.map((role) => role.stop()));
  }
}

/** The folder for the logs of a round. */
export function logFolder(root: string, round: number, name: string): string {
  return join(root, `${String(round).padStart(3, '0')}-${name.replaceAll(/[^a-z0-9]+/gi, '-')}`);
}
