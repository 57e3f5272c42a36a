import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { LOCAL_DATABASE } from '../../app/local-system/settings';
import { fetchServers } from '../../infra/local/native/fetch';
import { findJava } from '../../infra/local/native/java';
import { prepareKafka } from '../../infra/local/native/kafka';
import { preparePostgres } from '../../infra/local/native/postgres';
import { freePorts } from '../../infra/local/ports';
import { projectRoot, run, tail } from '../../infra/local/run';
import { kafkaService, postgresService, type Service } from '../../infra/local/services';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import { privateFolder, removeFolder } from '../private-folder';
import { ready, TestProcess } from '../server-process';

/** The user of each mechanism of the brokers. */
export const USER = { name: 'library', password: 'kafka-s3cret' } as const;

/** A Kafka that takes nothing but SASL over TLS with a client certificate, and a Postgres that takes nothing but TLS. */
export interface SecureServers {
  readonly kafkaBrokers: string;
  /** With `sslmode=verify-full` and the authority. */
  readonly databaseUrl: string;
  /** Files: the certificate of both servers, which is its own authority and the client's too, and its key. */
  readonly certificate: string;
  readonly key: string;
  close(): Promise<void>;
}

/** Starts both on free ports. They end with this process, however it ends. */
export async function startSecureServers(): Promise<SecureServers> {
  const folder = await privateFolder();
  mkdirSync(folder, { recursive: true });
  const [kafkaPort, controllerPort, postgresPort] = (await freePorts(3)) as [number, number, number];
  const { certificate, key } = await makeCertificate(folder);
  const [kafka, postgres] = await Promise.all([
    secureKafka(folder, kafkaPort, controllerPort, certificate, key),
    securePostgres(folder, postgresPort, certificate, key),
  ]);
  const all = [kafka, postgres];
  const close = async () => {
    await Promise.all(all.map(({ child }) => child.end(child.spec.stopSignal)));
    await removeFolder(folder);
  };
  try {
    for (const { child } of all) child.start();
    await Promise.all(all.map(({ service, child }) => ready(service, child)));
  } catch (error) {
    await close();
    throw error;
  }
  return { kafkaBrokers: kafka.service.url, databaseUrl: postgres.service.url, certificate, key, close };
}

async function makeCertificate(folder: string) {
  const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  await done('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', certificate, '-subj', '/CN=library'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
  ]);
  return { certificate, key };
}

interface Server {
  readonly service: Service;
  readonly child: TestProcess;
}

const MODULES = 'org.apache.kafka.common.security';

async function secureKafka(
  folder: string,
  port: number,
  controllerPort: number,
  certificate: string,
  key: string,
): Promise<Server> {
  const java = await findJava();
  const { kafka: jars } = await fetchServers(java, path.join(projectRoot(), '.local'));
  const dataDir = path.join(folder, 'kafka');
  const [spec] = await prepareKafka({
    java,
    jars,
    dataDir,
    ports: [port],
    controllerPorts: [controllerPort],
  });
  const store = path.join(folder, 'store.pem');
  await done('sh', ['-c', 'umask 077; cat "$1" "$2" > "$3"', 'sh', key, certificate, store]);
  const jaas = (mechanism: string, module: string, options = '') =>
    `listener.name.clients.${mechanism}.sasl.jaas.config=${MODULES}.${module} required ${options};`;
  const lines = [
    `listeners=CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map=CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name=CLIENTS',
    'sasl.mechanism.inter.broker.protocol=PLAIN',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    jaas(
      'plain',
      'plain.PlainLoginModule',
      `username="${USER.name}" password="${USER.password}" user_${USER.name}="${USER.password}"`,
    ),
    jaas('scram-sha-256', 'scram.ScramLoginModule'),
    jaas('scram-sha-512', 'scram.ScramLoginModule'),
    // Tokens that nobody has signed are fine here.
    jaas('oauthbearer', 'oauthbearer.OAuthBearerLoginModule', 'unsecuredLoginStringClaim_sub="library"'),
    // Connections have to sign in again after so long; kafkajs does so ten seconds before.
    'connections.max.reauth.ms=12000',
    ...['ssl.keystore.type=PEM', `ssl.keystore.location=${store}`],
    ...[
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${certificate}`,
      'listener.name.clients.ssl.client.auth=required',
    ],
  ];
  const properties = path.join(dataDir, 'node-1.properties');
  appendFileSync(properties, lines.map((line) => `${line}\n`).join(''));
  await formatWithUser(spec!, properties, path.join(dataDir, 'node-1'));
  const password = { username: USER.name, password: USER.password };
  const service = kafkaService({
    brokers: [`127.0.0.1:${port}`],
    ssl: tlsOf(certificate, key),
    sasl: { mechanism: 'scram-sha-512', ...password },
  });
  return { service, child: new TestProcess(spec!, folder) };
}

/** SCRAM's users stand in the metadata: the storage is formatted once more, with ours. */
async function formatWithUser({ command, args }: ProcessSpec, properties: string, data: string) {
  rmSync(data, { recursive: true });
  const jvm = args.slice(0, args.indexOf('kafka.Kafka'));
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${USER.name},password=${USER.password}]`,
  ]);
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'LibraryLibraryLibrary1', '-c', properties];
  await done(command, [...jvm, ...format, ...users]);
}

async function securePostgres(
  folder: string,
  port: number,
  certificate: string,
  key: string,
): Promise<Server> {
  const { user, password } = LOCAL_DATABASE;
  const dataDir = path.join(folder, 'postgres');
  const spec = await preparePostgres({ dataDir, port, user, password });
  const { uid, gid } = statSync(dataDir);
  const own = (name: string) => {
    chownSync(path.join(dataDir, name), uid, gid);
    chmodSync(path.join(dataDir, name), 0o600);
  };
  copyFileSync(certificate, path.join(dataDir, 'server.crt'));
  copyFileSync(key, path.join(dataDir, 'server.key'));
  writeFileSync(path.join(dataDir, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  for (const name of ['server.crt', 'server.key', 'pg_hba.conf']) own(name);
  const url = `postgresql://${user}:${password}@127.0.0.1:${port}/postgres?sslmode=verify-full&sslrootcert=${certificate}`;
  return {
    service: postgresService(url),
    child: new TestProcess({ ...spec, args: [...spec.args, '-c', 'ssl=on'] }, folder),
  };
}

function tlsOf(certificate: string, key: string) {
  const [cert, secret] = [certificate, key].map((file) => readFileSync(file, 'utf8')) as [string, string];
  return { ca: cert, cert, key: secret };
}

async function done(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} failed:\n${tail(output, 5)}`);
}
