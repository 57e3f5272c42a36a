import { postgresBinaries } from '../infra/local/native/postgres-binaries';
import { startServers, usesContainers, type Brokers, type ServerSet } from '../test/private-servers';
import { ReplicatedPostgres } from '../test/replicated-postgres';
import { mayMount } from '../test/small-disk';
import type { Fault } from './fault';

/** The servers of a scenario. */
export interface ScenarioServers {
  readonly servers: ServerSet;
  readonly replicated: ReplicatedPostgres | undefined;
  /** Variables for the scenario's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A fault that is left out, and why. */
export interface LeftOut {
  readonly fault: string;
  readonly why: string;
}

/**
 * The faults that cannot happen here, each with the reason in some words.
 * @param old why there is no older version, if there is none
 */
export async function leftOutOf(
  faults: readonly Fault[],
  brokers: Brokers,
  old: string | undefined,
): Promise<LeftOut[]> {
  const disks = faults.some(({ needs }) => needs?.disks) ? await whyNoDisks() : undefined;
  const replicated = whyNotReplicated();
  return faults.flatMap(({ name, needs = {} }) => {
    const why =
      (needs.brokers ?? 1) > brokers
        ? `it needs ${needs.brokers} brokers`
        : ((needs.disks && disks) ?? (needs.replicated && replicated) ?? (needs.old && old));
    return why ? [{ fault: name, why }] : [];
  });
}

async function whyNoDisks(): Promise<string | undefined> {
  if (await usesContainers()) return 'the servers run in containers, whose disks cannot be filled';
  return (await mayMount()) ? undefined : 'mounting a small file system is not permitted here';
}

function whyNotReplicated(): string | undefined {
  try {
    postgresBinaries();
    return undefined;
  } catch {
    return 'the package with a native Postgres is not installed';
  }
}

/** Whether the fault needs servers that nothing else uses, neither before nor after. */
export function needsOwnServers({ needs }: Fault): boolean {
  return needs?.disks !== undefined || needs?.replicated !== undefined;
}

/** Runs a scenario with the shared servers, or with those of its own that its faults need, which end with it. */
export async function withServers<T>(
  faults: readonly Fault[],
  shared: ServerSet,
  brokers: Brokers,
  action: (scenario: ScenarioServers) => Promise<T>,
): Promise<T> {
  const replication = faults.map(({ needs }) => needs?.replicated).find(Boolean);
  if (replication) {
    const replicated = await ReplicatedPostgres.start(replication);
    try {
      const env = { DATABASE_SERVER_URL: replicated.url };
      // A fault that breaks the shared Postgres would break nothing of this scenario.
      return await action({ servers: { ...shared, postgres: undefined }, replicated, env });
    } finally {
      await replicated.close();
    }
  }
  if (!faults.some(({ needs }) => needs?.disks))
    return action({ servers: shared, replicated: undefined, env: {} });
  const servers = await startServers({ brokers, smallDisks: true });
  try {
    return await action({ servers, replicated: undefined, env: {} });
  } finally {
    await servers.close();
  }
}
