import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessSpec } from '../supervisor/spec';
import type { Java } from './java';
import { run, tail } from '../run';
import { brokerSettings } from '../server-settings';
import { fromCache } from './start-up-cache';
import { scramArgs, securityProperties, writeKeyStore, type KafkaSecurity } from './secure/kafka-security';

export interface KafkaOptions {
  readonly java: Java;
  /** The folder of the jars. */
  readonly jars: string;
  /** The folder for configuration and data. */
  readonly dataDir: string;
  /** The clients' ports, one per broker. */
  readonly ports: readonly number[];
  /** The controllers' ports, one per broker. */
  readonly controllerPorts: readonly number[];
  /** Absent: everybody who reaches the ports may do everything. Fixed with the data. */
  readonly security?: KafkaSecurity;
  /** The brokers do not live long: Java does not optimise code that would never pay for it. */
  readonly brief?: boolean | undefined;
  /** More lines of server.properties. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Writes the configuration of a KRaft cluster on the loopback interface, formats its storage the first time, and describes
 * one process per broker, for the caller to start. The ports may change from run to run.
 * @throws {Error} when the folder holds a cluster of another size: its data would be lost in the new quorum
 */
export async function prepareKafka(options: KafkaOptions): Promise<ProcessSpec[]> {
  const cluster = clusterOf(options.dataDir, options.ports.length);
  return Promise.all(options.ports.map((_, index) => prepareBroker(options, index, cluster)));
}

function clusterOf(dataDir: string, brokers: number): string {
  const file = path.join(dataDir, 'cluster.json');
  if (existsSync(file)) {
    const known = JSON.parse(readFileSync(file, 'utf8')) as { id: string; brokers: number };
    if (known.brokers === brokers) return known.id;
    throw new Error(
      `The data in ${dataDir} belong to a Kafka of ${known.brokers} broker(s), and NATIVE_BROKERS asks for ${brokers}: ` +
        'set it back, or run make reset to start afresh, or choose another LOCAL_DIR.',
    );
  }
  mkdirSync(dataDir, { recursive: true });
  // With a leading dash it would be parsed as an option of the command line.
  const id = `L${randomBytes(16).toString('base64url').slice(1, 22)}`;
  writeFileSync(file, JSON.stringify({ id, brokers }));
  return id;
}

async function prepareBroker(options: KafkaOptions, index: number, cluster: string): Promise<ProcessSpec> {
  const node = index + 1;
  const name = options.ports.length === 1 ? 'kafka' : `kafka-${node}`;
  const folder = path.join(options.dataDir, `node-${node}`);
  const config = path.join(options.dataDir, `node-${node}.properties`);
  const properties = brokerProperties(options, index, folder);
  if (options.security) writeKeyStore(options.security.certificate, keyStoreOf(folder));
  // With security it holds passwords.
  writeFileSync(config, properties, { mode: 0o600 });
  await formatOnce(options, config, folder, cluster);
  const args = [...(options.brief ? BRIEF : []), ...jvmArgs(options), 'kafka.Kafka', config];
  const { path: command } = options.java;
  return {
    name,
    kind: 'service',
    group: 'kafka',
    command,
    args: [...fromCache(options.java, options.jars), ...args],
    cwd: options.dataDir,
    env: { PATH: process.env.PATH ?? '' },
    ports: [options.ports[index] ?? 0, options.controllerPorts[index] ?? 0],
    stopSignal: 'SIGTERM',
    stopTimeout: 30_000,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([command, args, properties]))
      .digest('hex'),
  };
}

/** For a Java that soon ends: half of the time that its start takes goes into compiling code thoroughly. */
const BRIEF = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const;

function jvmArgs(options: KafkaOptions): string[] {
  return [
    '-Xms256m',
    '-Xmx512m',
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss',
    '-cp',
    path.join(options.jars, '*'),
  ];
}

const keyStoreOf = (folder: string) => `${folder}.pem`;

/** A marker file is written last. Storage without one was never used, as its formatting was interrupted, and is formatted again. */
async function formatOnce(
  options: KafkaOptions,
  config: string,
  folder: string,
  cluster: string,
): Promise<void> {
  const marker = `${folder}.formatted`;
  if (existsSync(marker)) return;
  rmSync(folder, { recursive: true, force: true });
  const args = [
    ...fromCache(options.java, options.jars),
    ...BRIEF,
    ...jvmArgs(options),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    cluster,
    '-c',
    config,
  ];
  if (options.security) args.push(...scramArgs(options.security));
  const { code, output } = await run(options.java.path, args);
  if (code !== 0) throw new Error(`Kafka could not format its storage:\n${tail(output, 5)}`);
  writeFileSync(marker, '');
}

/** The server.properties of one broker, which is a controller too. */
export function brokerProperties(
  options: Pick<KafkaOptions, 'ports' | 'controllerPorts' | 'security' | 'properties'>,
  index: number,
  folder: string,
): string {
  const { ports, controllerPorts, security } = options;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': controllerPorts.map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${ports[index]},CONTROLLER://127.0.0.1:${controllerPorts[index]}`,
    'log.dirs': folder,
    ...brokerSettings(ports.length),
    ...(security &&
      securityProperties(security, keyStoreOf(folder), {
        clients: ports[index]!,
        controller: controllerPorts[index]!,
      })),
    ...options.properties,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
