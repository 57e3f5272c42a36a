import { run } from './run';

/**
 * The images of the servers. The native ones have the same versions (infra/local/native/pom.xml, package.json), and so
 * has infra/compose/compose.yaml.
 */
export const IMAGES = {
  kafka: 'apache/kafka:4.4.0',
  postgres: 'postgres:18.4',
  registry: 'apicurio/apicurio-registry:3.3.3',
} as const;

/** Whether a Docker engine answers. */
export async function isDockerThere(): Promise<boolean> {
  const { code, output } = await run('docker', ['info'], { timeout: 10_000 });
  // Some versions exit with 0 and print the error of an engine that does not answer.
  return code === 0 && !/cannot connect|^ERROR:/im.test(output);
}

/** Whether a Docker engine answers and its `compose` plugin is installed. */
export async function isComposeThere(): Promise<boolean> {
  return (
    (await isDockerThere()) && (await run('docker', ['compose', 'version'], { timeout: 10_000 })).code === 0
  );
}

/** The socket at which programs look for an engine by themselves. */
const USUAL_SOCKET = 'unix:///var/run/docker.sock';

/**
 * Variables for programs that speak to the engine themselves, and know nothing of docker's contexts: where the engine is that the
 * command `docker` speaks to (Colima, Docker Desktop, rootless). Empty where the environment says it, or they find it anyway.
 */
export async function engineVariables(
  env: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): Promise<Readonly<Record<string, string>>> {
  if (env.DOCKER_HOST) return {};
  const format = '{{.Endpoints.docker.Host}}';
  const { code, output } = await run('docker', ['context', 'inspect', '--format', format], {
    env,
    timeout: 10_000,
  });
  const host = output.trim();
  if (code !== 0 || host === USUAL_SOCKET || !/^(unix|tcp|npipe):\/\/\S+$/.test(host)) return {};
  // On macOS the engine runs in a virtual machine, in which its socket has the usual place.
  const inside = platform === 'darwin' && host.startsWith('unix:');
  return {
    DOCKER_HOST: host,
    ...(inside && {
      TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE:
        env.TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE || '/var/run/docker.sock',
    }),
  };
}
