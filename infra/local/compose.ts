import path from 'node:path';
import { projectRoot, run, tail } from './run';

const FILE = path.join('infra', 'compose', 'compose.yaml');

/** What a profile has started is found only by those who name it. */
const PROFILES = ['app', 'observability', 'tools'].flatMap((name) => ['--profile', name]);

/** One that is restarted again and again runs most of the time, and so it counts. */
const ACTIVE: ReadonlySet<string> = new Set(['running', 'restarting', 'paused']);

export interface Container {
  readonly service: string;
  /** Whether it holds its ports, or soon will again. */
  readonly isActive: boolean;
}

/** The containers of `infra/compose/compose.yaml`, under one project name: containers and volumes of another are separate. */
export class Compose {
  /** @param env variables for compose.yaml, such as the ports; absent ones have the defaults of the file */
  constructor(
    readonly project: string,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /**
   * Starts these services, and none that they depend on. Resolves when they are started, not when they are ready.
   * @throws {Error} with the last lines of Docker's output
   */
  async up(services: readonly string[]): Promise<void> {
    await this.compose(
      ['up', '--detach', '--no-deps', '--pull', 'never', ...services],
      'The containers could not be started',
    );
  }

  /** Removes all containers; the volumes stay. @throws {Error} with the last lines of Docker's output */
  async down(): Promise<void> {
    await this.compose([...PROFILES, 'down'], 'The containers could not be stopped');
  }

  /** Removes all containers and volumes. @throws {Error} with the last lines of Docker's output */
  async deleteVolumes(): Promise<void> {
    await this.compose(
      [...PROFILES, 'down', '--volumes'],
      'The containers and their data could not be deleted',
    );
  }

  /** Stops these services; their containers stay. @throws {Error} with the last lines of Docker's output */
  async stop(services: readonly string[]): Promise<void> {
    if (services.length > 0) await this.compose(['stop', ...services], 'The containers could not be stopped');
  }

  /** Stops these services and removes their containers; the volumes stay. @throws {Error} with the last lines of Docker's output */
  async remove(services: readonly string[]): Promise<void> {
    if (services.length > 0)
      await this.compose(['rm', '--stop', '--force', ...services], 'The containers could not be removed');
  }

  /**
   * All containers of the project, in whatever state they are.
   * @throws {Error} where Docker cannot be asked
   */
  async containers(): Promise<Container[]> {
    const format = '{{.Label "com.docker.compose.service"}} {{.State}}';
    const output = await this.list(['ps', '--all', '--format', format]);
    return output.map((line) => {
      const [service = '', state = ''] = line.split(' ');
      return { service, isActive: ACTIVE.has(state) };
    });
  }

  /** How often the engine has started the container of a service again; 0 where there is none. */
  async restarts(service: string): Promise<number> {
    const label = `label=com.docker.compose.service=${service}`;
    const [id] = await this.list(['ps', '--all', '--quiet', '--filter', label]).catch(() => []);
    if (id === undefined) return 0;
    return Number((await run('docker', ['inspect', '--format', '{{.RestartCount}}', id])).output) || 0;
  }

  /** The last 15 lines of a service's log. */
  async lastLines(service: string): Promise<string> {
    return tail((await this.run(['logs', '--no-log-prefix', '--tail', '15', service])).output, 15);
  }

  /** The arguments with which `docker` follows all logs. For a process that inherits the terminal. */
  get followArgs(): string[] {
    return this.args(['logs', '--follow', '--tail', '10']);
  }

  /** The lines of a list that the engine makes of what belongs to the project. */
  private async list([command = '', ...args]: readonly string[]): Promise<string[]> {
    const own = ['--filter', `label=com.docker.compose.project=${this.project}`];
    const { code, output } = await run('docker', [command, ...own, ...args], { timeout: 30_000 });
    if (code !== 0)
      throw new Error(`Docker could not be asked for the containers. It said:\n${tail(output, 5)}`);
    return output.split('\n').filter((line) => line !== '');
  }

  private async compose(args: readonly string[], failure: string): Promise<void> {
    const { code, output } = await this.run(args);
    if (code !== 0) throw new Error(`${failure}. Docker said:\n${tail(output, 5)}`);
  }

  private run(args: readonly string[]) {
    return run('docker', this.args(args), { cwd: projectRoot(), env: { ...process.env, ...this.env } });
  }

  private args(args: readonly string[]): string[] {
    return ['compose', '--file', path.join(projectRoot(), FILE), '--project-name', this.project, ...args];
  }
}
