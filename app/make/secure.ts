import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setAccessLists } from '../../infra/kafka/access-lists';
import { certificateIn } from '../../infra/local/native/secure/certificate';
import type { ServerSecurity } from '../../infra/local/native/servers';
import { REGISTRY_DATABASE, type OwnDatabase } from '../../infra/local/services';
import { writeJson } from '../../infra/local/supervisor/files';
import { createLogger } from '../../infra/logger';
import { ensureDatabase } from '../../infra/postgres/admin';
import { ensureUsers, handOver, setSearchPath } from '../../infra/postgres/roles';
import { LOCAL_DATABASE, type Folders } from '../local-system/settings';
import { accessEntries, isInTable } from '../rights/access-lists';
import { credentialsOf, DATABASE_USERS, databaseUserOf, type Passwords } from '../rights/credentials';
import { kafkaUser, PRINCIPALS, type Principal } from '../rights/rights';

const REGISTRY = 'library_registry';

interface Secrets extends Passwords {
  readonly broker: string;
  /** Of Postgres' superuser, whom nobody is but `make up`. */
  readonly superuser: string;
  readonly registry: string;
}

/** What `SECURE=1 make up` adds to the servers and hands to the processes. */
export interface SecureSystem {
  /** The folder of the data: those of a system without security are others. */
  readonly dataDir: string;
  readonly database: OwnDatabase;
  readonly security: ServerSecurity;
  /** The variables of every process. */
  readonly env: Readonly<Record<string, string>>;
  /** The variables with which a process is the principal. @param databaseUrl without a user */
  credentials(principal: Principal, databaseUrl: string): Record<string, string>;
}

/**
 * Makes certificate and passwords, the first time; they are kept beside the data, for their owner alone.
 * @param prefix of the topics (`TOPIC_PREFIX`)
 * @throws {Error} with one sentence saying what to do, when openssl is missing or the data know other principals
 */
export async function secureSystem(folders: Folders, prefix: string): Promise<SecureSystem> {
  const dataDir = path.join(folders.data, 'secure');
  const certificate = await certificateIn(path.join(dataDir, 'certificate'));
  const secrets = secretsIn(path.join(dataDir, 'secrets.json'));
  const database = { ...LOCAL_DATABASE, password: secrets.superuser };
  return {
    dataDir,
    database,
    security: {
      kafka: { certificate, brokerPassword: secrets.broker, passwords: secrets.kafka },
      registry: { user: REGISTRY, password: secrets.registry },
      // Whoever deploys gives everybody else what they may do.
      openKafka: (settings) =>
        setAccessLists(
          { ...settings, clientId: 'library-lifecycle' },
          createLogger('silent'),
          accessEntries(prefix, 'deployer'),
          isInTable(prefix),
        ),
      openPostgres: (url) => openPostgres(url, database.name, secrets),
    },
    env: { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: certificate.certificate },
    credentials: (principal, databaseUrl) => credentialsOf(principal, secrets, databaseUrl),
  };
}

async function openPostgres(url: string, name: string, { postgres, registry }: Secrets): Promise<void> {
  await ensureUsers(url, { ...postgres, [REGISTRY]: registry });
  const databases = [
    { database: name, owner: databaseUserOf('deployer'), users: DATABASE_USERS },
    { database: REGISTRY_DATABASE, owner: REGISTRY, users: [REGISTRY] },
    { database: 'postgres', owner: LOCAL_DATABASE.user, users: [] },
  ];
  for (const { database, ...who } of databases) {
    await ensureDatabase(url, database);
    await handOver(url, database, who);
  }
  await setSearchPath(url, name, databaseUserOf('analyst'), ['library_analysis', 'library']);
}

function secretsIn(file: string): Secrets {
  if (existsSync(file)) {
    const secrets = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
    const unknown = PRINCIPALS.filter((principal) => secrets.kafka[kafkaUser(principal)] === undefined);
    if (unknown.length === 0) return secrets;
    // Kafka is told of its users when its storage is formatted.
    throw new Error(
      `The data in ${path.dirname(file)} know no principal ${unknown.join(', ')}: run make reset to start afresh, or choose another LOCAL_DIR.`,
    );
  }
  const made = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, password()]));
  const secrets = {
    ...{ broker: password(), superuser: password(), registry: password() },
    kafka: made(PRINCIPALS.map(kafkaUser)),
    postgres: made(DATABASE_USERS),
  };
  writeJson(file, secrets);
  return secrets;
}

/** Letters and digits alone: it stands in URLs, in properties and on command lines. */
function password(): string {
  return randomBytes(18).toString('hex');
}
