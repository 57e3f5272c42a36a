import { createHash } from 'node:crypto';
import path from 'node:path';
import { isComposeThere, isDockerThere } from '../../infra/local/docker';
import { projectRoot, run, tail } from '../../infra/local/run';
import type { ServiceName } from '../../infra/local/services';
import { Failure } from './failure';
import type { Folders, Settings } from '../local-system/settings';

const FILE = path.join('infra', 'compose', 'compose.yaml');

/** The containers of one LOCAL_DIR: another folder has containers and volumes of its own. */
export function projectOf({ local }: Folders): string {
  const usual = path.join(projectRoot(), '.local');
  return local === usual
    ? 'library'
    : `library-${createHash('sha256').update(local).digest('hex').slice(0, 8)}`;
}

/** @throws {Failure} when containers were asked for and there is no engine for them */
export async function requireDocker(): Promise<void> {
  if ((await isDockerThere()) && (await isComposeThere())) return;
  throw new Failure(
    'BACKBONE=compose needs a Docker engine that answers, with its compose plugin: start it, or use BACKBONE=native.',
  );
}

export class Compose {
  constructor(
    readonly project: string,
    private readonly settings?: Settings,
  ) {}

  /** @throws {Failure} with what Docker said */
  async up(services: readonly ServiceName[]): Promise<void> {
    await this.compose(
      ['up', '--detach', '--no-deps', '--quiet-pull', ...services],
      'The containers could not be started',
    );
  }

  /** Volumes stay. */
  async down(): Promise<void> {
    await this.compose(['down'], 'The containers could not be stopped');
  }

  async deleteVolumes(): Promise<void> {
    await this.compose(['down', '--volumes'], 'The containers and their data could not be deleted');
  }

  async stop(services: readonly string[]): Promise<void> {
    if (services.length > 0) await this.compose(['stop', ...services], 'The containers could not be stopped');
  }

  async running(): Promise<string[]> {
    const { code, output } = await this.run(['ps', '--services', '--status', 'running']);
    return code === 0 ? output.split('\n').filter((line) => line !== '') : [];
  }

  async lastLines(service: string): Promise<string> {
    return tail((await this.run(['logs', '--no-log-prefix', '--tail', '15', service])).output, 15);
  }

  /** For `docker`, to be run with the terminal as its output. */
  get followArgs(): string[] {
    return this.args(['logs', '--follow', '--tail', '10']);
  }

  private async compose(args: readonly string[], failure: string): Promise<void> {
    const { code, output } = await this.run(args);
    if (code !== 0) throw new Failure(`${failure}. Docker said:\n${tail(output, 5)}`);
  }

  private run(args: readonly string[]) {
    const { KAFKA_PORT, POSTGRES_PORT, REGISTRY_PORT } = this.settings ?? {};
    const ports = Object.entries({ KAFKA_PORT, POSTGRES_PORT, REGISTRY_PORT }).filter(
      ([, port]) => port !== undefined,
    );
    const env = { ...process.env, ...Object.fromEntries(ports.map(([name, port]) => [name, String(port)])) };
    return run('docker', this.args(args), { cwd: projectRoot(), env });
  }

  private args(args: readonly string[]): string[] {
    return ['compose', '--file', path.join(projectRoot(), FILE), '--project-name', this.project, ...args];
  }
}
