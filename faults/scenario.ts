import { setTimeout as delay } from 'node:timers/promises';
import type { ServerSet } from '../test/private-servers';
import type { TestEnvironment } from '../test/environment';
import { check } from './checker/check';
import type { Finding } from './checker/finding';
import { KafkaProxy } from '../test/proxy';
import type { ReplicatedPostgres } from '../test/replicated-postgres';
import { TcpProxy } from '../test/tcp-proxy';
import type { Fault, Proxies, Scene } from './fault';
import { checkHealthy, healthyWrites, type Healthy, type HealthyWindow } from './health';
import { conclusionOf, type Operation, type Span } from './history';
import { observe, untilSettled } from './observe';
import type { Random } from './random';
import type { FigureTable } from './report/figure-table';
import { recoveriesOf, type Recovery } from './recovery';
import { ProgressLog } from './system/progress-log';
import { System } from './system/system';
import { Workload } from './workload/workload';

export interface ScenarioOptions {
  readonly faults: readonly Fault[];
  readonly servers: ServerSet;
  /** Where a fault needs it. */
  readonly replicated?: ReplicatedPostgres | undefined;
  readonly environment: TestEnvironment;
  readonly random: Random;
  /** Requests a second. */
  readonly rate: number;
  /** Where the processes write their logs. */
  readonly folder: string;
  /** The root of the build under test. */
  readonly build: string;
  /** The root of an older version's build, for faults that need one. */
  readonly old?: string | undefined;
}

export interface ScenarioResult {
  readonly faults: readonly string[];
  /** How often something was broken. */
  readonly injected: number;
  readonly requests: number;
  /** Requests after whose last attempt it was not known whether they are recorded. */
  readonly unknown: number;
  /** Requests that were given up as surely not recorded. */
  readonly refused: number;
  /** Records on the stream that repeat an event. They change nothing. */
  readonly repeats: number;
  /** Processes that ended without being told to, each with its exit code or signal. */
  readonly crashes: readonly string[];
  readonly recoveries: readonly Recovery[];
  /** What became of the writes to partitions that could be written to while others could not; null where no fault tells. */
  readonly healthy: Healthy | null;
  /** Milliseconds from a request to its acknowledgement, of those that were acknowledged at the first attempt. */
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly findings: readonly Finding[];
  /** How many attempts were not acknowledged, by what the client was told. */
  readonly reasons: Readonly<Record<string, number>>;
  /** What the faults have measured. */
  readonly tables: readonly FigureTable[];
}

interface OpenProxies {
  readonly proxies: Proxies;
  /** The addresses of the proxies, for the roles. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const CALM_BEFORE_MS = 2_500;
const CALM_AFTER_MS = 4_000;
const SETTLE_TIMEOUT_MS = 90_000;

/** The variables of the processes: windows that end during the run, so that expiries are among the events. */
export const SCENARIO_ENV = { PICKUP_WINDOW: '8s' };

/**
 * Breaks things while readers and staff go on, waits until nothing is left to do, and checks every promise from scratch.
 */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { faults, environment, random, rate, build, folder } = options;
  const proxies = await openProxies(options);
  const first = faults.some(({ needs }) => needs?.old) ? options.old! : build;
  const system = await System.prepare({ environment, folder, build: first, env: proxies.env });
  system.start();
  try {
    await system.untilReady();
    const workload = await Workload.open(system.urls, random, rate);
    await workload.prepare();
    const topics = new Set([environment.topics.reservations, environment.topics.outcomes]);
    const progress = new ProgressLog(environment.config.DATABASE_URL, topics);
    const marks: number[] = [];
    const windows: HealthyWindow[] = [];
    const wentBack: Span[] = [];
    const tables: FigureTable[] = [];
    const scene: Scene = {
      replicated: undefined,
      ...options,
      ...proxies,
      system,
      workload,
      foreign: new Set(),
      mark: () => marks.push(performance.now()),
      healthy: (window) => windows.push(window),
      wentBack: (span) => wentBack.push(span),
      report: (table) => tables.push(table),
    };
    workload.start();
    await delay(CALM_BEFORE_MS);
    const failures = await Promise.allSettled(faults.map((fault) => fault.inject(scene)));
    await delay(CALM_AFTER_MS);
    await workload.stop();
    const settled = await settle(system, environment);
    await progress.close();
    await system.stop();
    const observation = await observe(environment, build);
    const { operations, reads } = workload;
    const run = { operations, reads, progress: progress.samples, ...observation };
    const healthy = healthyWrites(operations, windows);
    const findings = [
      ...check(run, { foreign: [...scene.foreign], wentBack }),
      ...checkHealthy(healthy),
      ...stuck(settled, failures),
    ];
    return {
      faults: faults.map(({ name }) => name),
      injected: marks.length,
      ...countsOf(operations),
      repeats: run.stream.length - new Set(run.stream.map(({ event }) => event.eventId)).size,
      crashes: system.roles.flatMap(({ name, crashes }) => crashes.map((how) => `${name}: ${how}`)),
      recoveries: recoveriesOf(operations, progress.samples, marks),
      healthy,
      latency: latencyOf(operations),
      findings,
      reasons: reasonsOf(operations),
      tables,
    };
  } finally {
    await system.stop();
    await proxies.close();
  }
}

/** The policies are stopped first, or an expiry could be appended after the others have come to the end. */
async function settle(system: System, environment: TestEnvironment): Promise<boolean> {
  const settled = await untilSettled(environment, SETTLE_TIMEOUT_MS);
  await Promise.all(system.of('policies').map((role) => role.stop()));
  return settled && (await untilSettled(environment, SETTLE_TIMEOUT_MS, { withoutPolicies: true }));
}

/** Proxies cost time on the way: without a fault that needs them, the roles are connected directly. */
async function openProxies({ faults, environment: { config } }: ScenarioOptions): Promise<OpenProxies> {
  const needed = faults.some(({ needs }) => needs?.proxies);
  const kafka = await KafkaProxy.start(needed ? config.KAFKA_BROKERS.split(',') : []);
  const postgres = await TcpProxy.before(config.DATABASE_URL);
  return {
    proxies: { kafka, postgres: postgres.proxy },
    env: needed ? { KAFKA_BROKERS: kafka.brokers.join(','), DATABASE_URL: postgres.url } : {},
    close: async () => void (await Promise.all([kafka.close(), postgres.proxy.close()])),
  };
}

function stuck(settled: boolean, failures: readonly PromiseSettledResult<void>[]): Finding[] {
  const errors = failures.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
  if (!settled) errors.unshift(`something was left to do after ${SETTLE_TIMEOUT_MS / 1_000} s`);
  return errors.map((message) => ({ kind: 'stuck', message }));
}

function countsOf(
  operations: readonly Operation[],
): Pick<ScenarioResult, 'requests' | 'unknown' | 'refused'> {
  const count = (conclusion: string) =>
    operations.filter((operation) => conclusionOf(operation) === conclusion).length;
  return { requests: operations.length, unknown: count('unknown'), refused: count('failed') };
}

function reasonsOf(operations: readonly Operation[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { result } of operations.flatMap(({ attempts }) => attempts))
    if (result.kind !== 'ok') reasons[result.reason] = (reasons[result.reason] ?? 0) + 1;
  return reasons;
}

function latencyOf(operations: readonly Operation[]): ScenarioResult['latency'] {
  const times = operations
    .flatMap(({ attempts: [first] }) =>
      first?.result.kind === 'ok' ? [first.endedAt - first.startedAt] : [],
    )
    .sort((a, b) => a - b);
  const at = (part: number) => Math.round(times[Math.floor(part * (times.length - 1))] ?? NaN);
  return { p50: at(0.5), p99: at(0.99) };
}
