import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaProxy } from '../test/proxy';
import type { ReplicatedPostgres, Replication } from '../test/replicated-postgres';
import type { TcpProxy } from '../test/tcp-proxy';
import type { Brokers, ServerSet } from '../test/private-servers';
import type { HealthyWindow } from './health';
import type { Span } from './history';
import type { KeptRole } from './system/kept-role';
import type { Random } from './random';
import type { FigureTable } from './report/figure-table';
import type { System } from './system/system';
import type { Workload } from './workload/workload';

/** What a fault needs of the servers. */
export interface Needs {
  /** The least number of brokers; default 1. */
  readonly brokers?: Brokers;
  /** Whether the roles are to reach Kafka and Postgres through proxies. */
  readonly proxies?: true;
  /** A Postgres of its own, with a standby. Such a fault is no part of a pair. */
  readonly replicated?: Replication;
  /** Servers of its own, of which the first broker and Postgres have small disks. Such a fault is no part of a pair. */
  readonly disks?: true;
  /** Whether the roles are to start as processes of an older version. */
  readonly old?: true;
}

export interface Proxies {
  readonly kafka: KafkaProxy;
  readonly postgres: TcpProxy;
}

/** Where a fault happens. */
export interface Scene {
  readonly system: System;
  readonly servers: ServerSet;
  readonly workload: Workload;
  /** The proxies that the roles are connected through, where the fault needs them. */
  readonly proxies: Proxies;
  /** The Postgres with a standby, where the fault needs it. */
  readonly replicated: ReplicatedPostgres | undefined;
  readonly random: Random;
  /** The root of the build under test. */
  readonly build: string;
  /** The root of an older version's build; undefined where none is there. */
  readonly old?: string | undefined;
  /** The sources of records that this scene's other writers append. */
  readonly foreign: Set<string>;
  /** The fault is done, or its cause is gone: from now on the platform has to recover by itself. */
  mark(): void;
  /** During this time some partitions could be written to, whatever happened to the others. */
  healthy(window: HealthyWindow): void;
  /** Within this time Postgres may have gone back to an earlier state: rows and stored positions together. */
  wentBack(span: Span): void;
  /** Adds what was measured to the report. */
  report(table: FigureTable): void;
}

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  readonly needs?: Needs;
  /** Does it once or several times, and resolves when its cause is gone. */
  inject(scene: Scene): Promise<void>;
}

/** Runs an action several times, with a random pause in between. */
export async function repeatedly(
  { random }: Scene,
  times: number,
  [least, most]: readonly [number, number],
  action: (time: number) => Promise<void> | void,
): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await action(time);
    await delay(random.between(least, most));
  }
}

/** One of the processes of a role. */
export function oneOf({ system, random }: Scene, role: string): KeptRole {
  return random.pick(system.of(role));
}
