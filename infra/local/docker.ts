import { run } from './run';

/**
 * The images of the servers. The native ones have the same versions (infra/local/native/pom.xml, package.json), and so
 * has infra/compose/compose.yaml.
 */
export const IMAGES = {
  kafka: 'apache/kafka:4.4.0',
  postgres: 'postgres:18',
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
