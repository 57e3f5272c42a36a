import { join } from 'node:path';
import { deploy } from '../app/deploy';
import { createKafka, kafkaSettings } from '../infra/kafka/client';
import { projectRoot } from '../infra/local/run';
import { createLogger } from '../infra/logger';
import { startServers, type ServerSet } from '../test/private-servers';
import { createTestEnvironment, type TestEnvironment } from '../test/environment';
import { FAULTS } from './catalogue/catalogue';
import type { Fault } from './fault';
import { parseOptions, type FaultsOptions } from './options';
import { Random } from './random';
import { describeScenario, summary } from './report/text';
import { writeReport } from './report/write';
import { runScenario, SCENARIO_ENV, type ScenarioResult } from './scenario';
import { leftOutOf, needsOwnServers, withServers, type LeftOut, type ScenarioServers } from './servers';
import { soak } from './soak/soak';
import { logFolder } from './system/system';
import { buildOldVersion, deployWith } from './versions/old-build';

/** The root of the build: `dist`. */
const BUILD = join(__dirname, '..');

/** For logs and older versions. */
const FOLDER = join(projectRoot(), '.local/faults');

const print = (text: string) => process.stdout.write(`${text}\n`);

interface Results {
  readonly results: ScenarioResult[];
  readonly leftOut: readonly LeftOut[];
}

/** Every fault by itself, in random order; then random pairs of those that share their servers, for as long as there is time. */
function* plan(faults: readonly Fault[], random: Random, until: number): Generator<Fault[]> {
  for (const fault of random.shuffled(faults)) yield [fault];
  const others = faults.filter((fault) => !needsOwnServers(fault));
  while (Date.now() < until && others.length > 0) yield random.shuffled(others).slice(0, 2);
}

/** @throws {Error} when no fault has such a name */
function faultsNamed({ only, soak: minutes }: FaultsOptions): readonly Fault[] {
  if (minutes !== undefined) return [soak(minutes)];
  const named = FAULTS.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
  if (named.length === 0) throw new Error('No fault has such a name.');
  return named;
}

/** @param isStopped after each scenario: whether it was the last */
async function runAll(
  options: FaultsOptions,
  onResult: (results: Results) => Promise<void>,
  isStopped: () => boolean,
): Promise<Results> {
  const { seed, minutes, brokers } = options;
  const named = faultsNamed(options);
  const old = named.some(({ needs }) => needs?.old) ? await oldBuild(options) : undefined;
  const leftOut = await leftOutOf(named, brokers, old?.why);
  for (const { fault, why } of leftOut) print(`Left out: ${fault}: ${why}.`);
  const faults = named.filter(({ name }) => leftOut.every(({ fault }) => fault !== name));
  const random = new Random(seed);
  const until = Date.now() + minutes * 60_000;
  const servers = await startServers({ brokers });
  const results: ScenarioResult[] = [];
  try {
    for (const together of plan(faults, random, until)) {
      if (isStopped() || (minutes > 0 && Date.now() > until)) break;
      const result = await runOne(together, { servers, old: old?.build }, options, results.length + 1);
      results.push(result);
      print(describeScenario(result));
      await onResult({ results, leftOut });
    }
  } finally {
    await servers.close();
  }
  return { results, leftOut };
}

function runOne(
  faults: readonly Fault[],
  shared: { readonly servers: ServerSet; readonly old: string | undefined },
  options: FaultsOptions,
  round: number,
): Promise<ScenarioResult> {
  const name = faults.map((fault) => fault.name).join(' + ');
  print(`${name} …`);
  return withServers(faults, shared.servers, options.brokers, async (scenario) => {
    useServers(scenario.servers);
    return runWith(scenario, { faults, name, round, old: shared.old }, options);
  });
}

async function runWith(
  { servers, replicated, env }: ScenarioServers,
  {
    faults,
    name,
    round,
    old,
  }: { faults: readonly Fault[]; name: string; round: number; old: string | undefined },
  { seed, rate }: FaultsOptions,
): Promise<ScenarioResult> {
  const startsOld = faults.some(({ needs }) => needs?.old);
  const environment = await createTestEnvironment(
    { ...SCENARIO_ENV, ...env },
    startsOld ? deployWith(old!) : deploy,
  );
  try {
    return await runScenario({
      ...{ faults, servers, replicated, environment, rate, build: BUILD, old },
      random: new Random(seed * 1_000 + round),
      folder: logFolder(FOLDER, round, name),
    });
  } finally {
    await environment.close();
    await deleteTopics(environment);
  }
}

/** The partitions of all scenarios together would be a load by themselves. What is not deleted goes with the servers. */
async function deleteTopics({ config, topics }: TestEnvironment): Promise<void> {
  const admin = createKafka(kafkaSettings(config, 'faults'), createLogger('silent')).admin();
  await admin
    .connect()
    .then(() => admin.deleteTopics({ topics: Object.values(topics) }))
    .catch(() => undefined);
  await admin.disconnect();
}

/** An older version's build, or why there is none to run beside this one. */
async function oldBuild({ old }: FaultsOptions): Promise<{ build?: string; why?: string }> {
  try {
    const { ref, build } = await buildOldVersion(projectRoot(), join(FOLDER, 'versions'), old);
    print(`The older version is ${ref}.`);
    return { build };
  } catch (error) {
    return { why: `there is no older version beside this one: ${(error as Error).message}` };
  }
}

/** The environments of tests look there for their servers. */
function useServers({ kafkaBrokers, databaseUrl, registryUrl }: ServerSet): void {
  process.env['TEST_KAFKA_BROKERS'] = kafkaBrokers;
  process.env['TEST_DATABASE_URL'] = databaseUrl;
  process.env['TEST_SCHEMA_REGISTRY_URL'] = registryUrl;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, process.env);
  if ('exitCode' in options) return options.exitCode;
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
    print('Stopping after this fault. Again: at once.');
    process.once('SIGINT', () => process.exit(130));
  });
  const startedAt = new Date();
  // A run takes hours: what it has shown so far is kept, however it ends.
  const report = async ({ results, leftOut }: Results) => {
    if (options.report) await writeReport(results, { ...options, startedAt, leftOut });
  };
  try {
    const { results } = await runAll(options, report, () => isStopped);
    print(summary(results));
    if (isStopped) return 130;
    return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    return 1;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
