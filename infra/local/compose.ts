import path from 'node:path';
import { projectRoot, run, tail } from './run';

const FILE = path.join('infra', 'compose', 'compose.yaml');

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
      ['up', '--detach', '--no-deps', '--quiet-pull', ...services],
      'The containers could not be started',
    );
  }

  /** Removes all containers; the volumes stay. @throws {Error} with the last lines of Docker's output */
  async down(): Promise<void> {
    await this.compose(['down'], 'The containers could not be stopped');
  }

  /** Removes all containers and volumes. @throws {Error} with the last lines of Docker's output */
  async deleteVolumes(): Promise<void> {
    await this.compose(['down', '--volumes'], 'The containers and their data could not be deleted');
  }

  /** Stops these services; their containers stay. @throws {Error} with the last lines of Docker's output */
  async stop(services: readonly string[]): Promise<void> {
    if (services.length > 0) await this.compose(['stop', ...services], 'The containers could not be stopped');
  }

  /** The services that are running; none where Docker cannot be asked. */
  async running(): Promise<string[]> {
    const { code, output } = await this.run(['ps', '--services', '--status', 'running']);
    return code === 0 ? output.split('\n').filter((line) => line !== '') : [];
  }

  /** The last 15 lines of a service's log. */
  async lastLines(service: string): Promise<string> {
    return tail((await this.run(['logs', '--no-log-prefix', '--tail', '15', service])).output, 15);
  }

  /** The arguments with which `docker` follows all logs. For a process that inherits the terminal. */
  get followArgs(): string[] {
    return this.args(['logs', '--follow', '--tail', '10']);
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
