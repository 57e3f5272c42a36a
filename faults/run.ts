import { join } from 'node:path';
import { projectRoot } from '../infra/local/run';
import { startServers, type ServerSet } from '../test/private-servers';
import { createTestEnvironment } from '../test/environment';
import { FAULTS } from './catalogue/catalogue';
import type { Fault } from './fault';
import { parseOptions, type FaultsOptions } from './options';
import { Random } from './random';
import { describeScenario, summary } from './report/text';
import { writeReport } from './report/write';
import { runScenario, SCENARIO_ENV, type ScenarioResult } from './scenario';
import { leftOutOf, needsOwnServers, withServers, type LeftOut, type ScenarioServers } from './servers';
import { logFolder } from './system/system';

/** The root of the build: `dist`. */
const BUILD = join(__dirname, '..');

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Every fault by itself, in random order; then random pairs of those that share their servers, for as long as there is time. */
function* plan(faults: readonly Fault[], random: Random, until: number): Generator<Fault[]> {
  for (const fault of random.shuffled(faults)) yield [fault];
  const others = faults.filter((fault) => !needsOwnServers(fault));
  while (Date.now() < until && others.length > 0) yield random.shuffled(others).slice(0, 2);
}

async function runAll(options: FaultsOptions): Promise<{ results: ScenarioResult[]; leftOut: LeftOut[] }> {
  const { seed, minutes, only, brokers } = options;
  const chosen = FAULTS.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
  if (chosen.length === 0) throw new Error('No fault has such a name.');
  const leftOut = await leftOutOf(chosen, brokers);
  for (const { fault, why } of leftOut) print(`Left out: ${fault}: ${why}.`);
  const faults = chosen.filter(({ name }) => leftOut.every(({ fault }) => fault !== name));
  const random = new Random(seed);
  const until = Date.now() + minutes * 60_000;
  const servers = await startServers({ brokers });
  const results: ScenarioResult[] = [];
  try {
    for (const together of plan(faults, random, until)) {
      if (minutes > 0 && Date.now() > until) break;
      const result = await runOne(together, servers, options, results.length + 1);
      results.push(result);
      print(describeScenario(result));
    }
  } finally {
    await servers.close();
  }
  return { results, leftOut };
}

function runOne(
  faults: readonly Fault[],
  shared: ServerSet,
  options: FaultsOptions,
  round: number,
): Promise<ScenarioResult> {
  const name = faults.map((fault) => fault.name).join(' + ');
  print(`${name} …`);
  return withServers(faults, shared, options.brokers, async (scenario) => {
    useServers(scenario.servers);
    return runWith(scenario, { faults, name, round }, options);
  });
}

async function runWith(
  { servers, replicated, env }: ScenarioServers,
  { faults, name, round }: { faults: readonly Fault[]; name: string; round: number },
  { seed, rate }: FaultsOptions,
): Promise<ScenarioResult> {
  const environment = await createTestEnvironment({ ...SCENARIO_ENV, ...env });
  try {
    return await runScenario({
      ...{ faults, servers, replicated, environment, rate, build: BUILD },
      random: new Random(seed * 1_000 + round),
      folder: logFolder(join(projectRoot(), '.local/faults'), round, name),
    });
  } finally {
    await environment.close();
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
  process.once('SIGINT', () => process.exit(130));
  const startedAt = new Date();
  try {
    const { results, leftOut } = await runAll(options);
    print(summary(results));
    if (options.report) await writeReport(results, { ...options, startedAt, leftOut });
    return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    return 1;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
