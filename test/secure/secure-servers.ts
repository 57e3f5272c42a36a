import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { LOCAL_DATABASE } from '../../app/local-system/settings';
import { DATABASE_USERS, type Passwords } from '../../app/rights/credentials';
import { kafkaUser, PRINCIPALS } from '../../app/rights/rights';
import type { KafkaSettings } from '../../infra/kafka/client';
import { fetchServers } from '../../infra/local/native/fetch';
import { findJava } from '../../infra/local/native/java';
import { prepareKafka } from '../../infra/local/native/kafka';
import { preparePostgres } from '../../infra/local/native/postgres';
import { certificateIn, type Certificate } from '../../infra/local/native/secure/certificate';
import { asBroker, type KafkaSecurity } from '../../infra/local/native/secure/kafka-security';
import { freePorts } from '../../infra/local/ports';
import { projectRoot } from '../../infra/local/run';
import { secureKafkaService, securePostgresService, type Service } from '../../infra/local/services';
import { ensureUsers } from '../../infra/postgres/roles';
import { privateFolder, removeFolder } from '../private-folder';
import { ready, TestProcess } from '../server-process';
import { tlsOf } from './tls';

/** A Kafka that takes nothing but SASL over TLS with a client certificate, and a Postgres that takes nothing but TLS. */
export interface SecureServers {
  readonly kafkaBrokers: string;
  /** As the one whom no access list binds. */
  readonly asBroker: Omit<KafkaSettings, 'clientId'>;
  /** The superuser's, with `sslmode=verify-full` and the authority. */
  readonly databaseUrl: string;
  readonly passwords: Passwords;
  /** The certificate of both servers, which is its own authority and the client's too. */
  readonly files: Certificate;
  close(): Promise<void>;
}

interface Server {
  readonly service: Service;
  readonly child: TestProcess;
}

const secret = (name: string) => `s3cret${name.replaceAll(/\W|_/g, '')}`;
const secretsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, secret(name)]));
const PASSWORDS: Passwords = {
  kafka: secretsOf(PRINCIPALS.map(kafkaUser)),
  postgres: secretsOf(DATABASE_USERS),
};

/** Starts both on free ports. They end with this process, however it ends. */
export async function startSecureServers(): Promise<SecureServers> {
  const folder = await privateFolder();
  mkdirSync(folder, { recursive: true });
  const [kafkaPort, controllerPort, postgresPort] = (await freePorts(3)) as [number, number, number];
  const files = await certificateIn(folder);
  const security: KafkaSecurity = {
    ...{ certificate: files, brokerPassword: secret('broker'), passwords: PASSWORDS.kafka },
    mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'],
  };
  const settings = { ...asBroker(security, [kafkaPort]), ssl: tlsOf(files) };
  let databaseUrl = '';
  const [kafka, postgres] = await Promise.all([
    secureKafka(folder, kafkaPort, controllerPort, security, settings),
    securePostgres(folder, postgresPort, files, async (url) => {
      databaseUrl = url;
      await ensureUsers(url, PASSWORDS.postgres);
    }),
  ]);
  const all = [kafka, postgres];
  const close = async () => {
    await Promise.all(all.map(({ child }) => child.end(child.spec.stopSignal)));
    await removeFolder(folder);
  };
  try {
    for (const { child } of all) child.start();
    await Promise.all(all.map(({ service, child }) => ready(service, child)));
    for (const { service } of all) await service.afterStart();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ kafkaBrokers: kafka.service.url, asBroker: settings, databaseUrl, files, close },
    passwords: PASSWORDS,
  };
}

const MODULES = 'org.apache.kafka.common.security';
const OPERATOR = kafkaUser('operator');

/** Beside what `make up` starts: other mechanisms for the operator, and what brokers may ask for as well. */
function extras({ brokerPassword }: KafkaSecurity): Record<string, string | number> {
  const plain = `username="broker" password="${brokerPassword}" user_broker="${brokerPassword}" user_${OPERATOR}="${PASSWORDS.kafka[OPERATOR]}"`;
  return {
    'listener.name.clients.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.clients.plain.sasl.jaas.config': `${MODULES}.plain.PlainLoginModule required ${plain};`,
    // Tokens that nobody has signed are fine here.
    'listener.name.clients.oauthbearer.sasl.jaas.config': `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    // Connections have to sign in again after so long; kafkajs does so ten seconds before.
    'connections.max.reauth.ms': 12_000,
    'listener.name.clients.ssl.client.auth': 'required',
  };
}

async function secureKafka(
  folder: string,
  port: number,
  controllerPort: number,
  security: KafkaSecurity,
  settings: Omit<KafkaSettings, 'clientId'>,
): Promise<Server> {
  const java = await findJava();
  const { kafka: jars } = await fetchServers(java, path.join(projectRoot(), '.local'));
  const [spec] = await prepareKafka({
    ...{ java, jars, security, properties: extras(security) },
    dataDir: path.join(folder, 'kafka'),
    ...{ ports: [port], controllerPorts: [controllerPort] },
  });
  const service = secureKafkaService(settings, () => Promise.resolve());
  return { service, child: new TestProcess(spec!, folder) };
}

async function securePostgres(
  folder: string,
  port: number,
  certificate: Certificate,
  open: (url: string) => Promise<void>,
): Promise<Server> {
  const { user, password } = LOCAL_DATABASE;
  const dataDir = path.join(folder, 'postgres');
  const spec = await preparePostgres({ dataDir, port, user, password, certificate });
  const service = securePostgresService(port, LOCAL_DATABASE, certificate.certificate, open);
  return { service, child: new TestProcess(spec, folder) };
}
