import { join } from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { createTestEnvironment } from '../../test/environment';
import { RoleProcess } from '../../test/e2e/role-process';
import { startServers } from '../../test/private-servers';
import { fuzz } from './schemathesis';

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Serves the API for as long as `use` takes, on servers of its own. */
async function withSystem<T>(use: (url: string) => Promise<T>): Promise<T> {
  const servers = await startServers();
  process.env['TEST_KAFKA_BROKERS'] = servers.kafkaBrokers;
  process.env['TEST_DATABASE_URL'] = servers.databaseUrl;
  process.env['TEST_SCHEMA_REGISTRY_URL'] = servers.registryUrl;
  try {
    const environment = await createTestEnvironment();
    const system = await RoleProcess.start([], environment.env);
    try {
      return await use(system.url);
    } finally {
      await system.stop();
      await environment.close();
    }
  } finally {
    await servers.close();
  }
}

/** `make fuzz`: `MINUTES`, `SEED`, and `HTTP_URL` of an API that runs (with `API_TOKEN` where callers authenticate). */
async function main({ MINUTES = '5', SEED = '1', HTTP_URL, API_TOKEN }: NodeJS.ProcessEnv): Promise<number> {
  process.once('SIGINT', () => process.exit(130));
  const run = (url: string) =>
    fuzz({
      ...{ url, seed: Number(SEED), seconds: Math.round(Number(MINUTES) * 60), token: API_TOKEN },
      phases: ['examples', 'coverage', 'fuzzing', 'stateful'],
      folder: join(projectRoot(), '.local/fuzz/long'),
    });
  const { isRight, output, requests } = await (HTTP_URL ? run(HTTP_URL) : withSystem(run));
  print(output);
  print(`${requests} requests.`);
  return isRight ? 0 : 1;
}

// Until it is known to be right: Node ends a program that waits for something lost without a word.
process.exitCode = 1;
main(process.env).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
