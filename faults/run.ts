import { join } from 'node:path';
import { deploy } from '../app/deploy';
import { projectRoot } from '../infra/local/run';
import { startServers, type ServerSet } from '../test/private-servers';
import { createTestEnvironment } from '../test/environment';
import { FAULTS } from './catalogue/catalogue';
import type { Fault } from './fault';
import { parseOptions, type FaultsOptions } from './options';
import { Random } from './random';
import { describeScenario, summary } from './report/text';
import { writeReport } from './report/write';
import { buildOldVersion, deployWith } from './versions/old-build';
import { runScenario, SCENARIO_ENV, type ScenarioResult } from './scenario';
import { soak } from './soak/soak';
import { logFolder } from './system/system';

/** The root of the build: `dist`. */
const BUILD = join(__dirname, '..');

/** For logs and older versions. */
const FOLDER = join(projectRoot(), '.local/faults');

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Every fault by itself, in random order; then random pairs, for as long as there is time. */
function* plan(faults: readonly Fault[], random: Random, until: number): Generator<Fault[]> {
  for (const fault of random.shuffled(faults)) yield [fault];
  while (Date.now() < until) yield random.shuffled(faults).slice(0, 2);
}

function faultsNamed({ only, brokers }: FaultsOptions): Fault[] {
  return FAULTS.filter(
    ({ name, needs }) =>
      (needs?.brokers ?? 1) <= brokers && (only.length === 0 || only.some((text) => name.includes(text))),
  );
}

async function runAll(options: FaultsOptions): Promise<ScenarioResult[]> {
  const { seed, minutes, brokers } = options;
  const named = options.soak === undefined ? faultsNamed(options) : [soak(options.soak)];
  const old = named.some(({ needs }) => needs?.old) ? await oldBuild(options) : undefined;
  const faults = named.filter(({ needs }) => !needs?.old || old);
  if (faults.length === 0) throw new Error('No fault has such a name.');
  const random = new Random(seed);
  const until = Date.now() + minutes * 60_000;
  const servers = await startServers({ brokers });
  useServers(servers);
  const results: ScenarioResult[] = [];
  try {
    for (const chosen of plan(faults, random, until)) {
      if (minutes > 0 && Date.now() > until) break;
      const result = await runOne(chosen, servers, old, options, results.length + 1);
      results.push(result);
      print(describeScenario(result));
    }
  } finally {
    await servers.close();
  }
  return results;
}

async function runOne(
  faults: readonly Fault[],
  servers: ServerSet,
  old: string | undefined,
  { seed, rate }: FaultsOptions,
  round: number,
): Promise<ScenarioResult> {
  const startsOld = faults.some(({ needs }) => needs?.old);
  const environment = await createTestEnvironment(SCENARIO_ENV, startsOld ? deployWith(old!) : deploy);
  const name = faults.map((fault) => fault.name).join(' + ');
  print(`${name} …`);
  try {
    return await runScenario({
      faults,
      servers,
      environment,
      random: new Random(seed * 1_000 + round),
      rate,
      folder: logFolder(FOLDER, round, name),
      build: BUILD,
      old,
    });
  } finally {
    await environment.close();
  }
}

/** The root of an older version's build; undefined, and said why, where there is none to run beside this one. */
async function oldBuild({ old }: FaultsOptions): Promise<string | undefined> {
  try {
    const { ref, build } = await buildOldVersion(projectRoot(), join(FOLDER, 'versions'), old);
    print(`The older version is ${ref}.`);
    return build;
  } catch (error) {
    print(`Without an older version beside this one: ${(error as Error).message}.`);
    return undefined;
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
    const results = await runAll(options);
    print(summary(results));
    if (options.report) await writeReport(results, { ...options, startedAt });
    return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    return 1;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
