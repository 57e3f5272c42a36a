import { createHash } from 'node:crypto';
import type { ProcessSpec } from '../supervisor/spec';
import type { Java } from './java';
import { REGISTRY_HEAP, REGISTRY_SETTINGS } from '../server-settings';

export interface RegistryOptions {
  readonly java: Java;
  /** The folder of quarkus-run.jar. */
  readonly folder: string;
  readonly port: number;
  /** The Postgres database for its schemas. */
  readonly database: {
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly password: string;
    /** The authority of the server's certificate; absent: the connection is not encrypted. */
    readonly authority?: string | undefined;
  };
}

/** Describes the process of an Apicurio registry on the loopback interface, with its data in Postgres. */
export function registryProcess({ java, folder, port, database }: RegistryOptions): ProcessSpec {
  const { authority } = database;
  const tls = authority ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}` : '';
  const settings = {
    APICURIO_DATASOURCE_URL: `jdbc:postgresql://127.0.0.1:${database.port}/${database.name}${tls}`,
    APICURIO_DATASOURCE_USERNAME: database.user,
    APICURIO_DATASOURCE_PASSWORD: database.password,
    QUARKUS_HTTP_HOST: '127.0.0.1',
    QUARKUS_HTTP_PORT: String(port),
    // The management port is not used, and its default may be taken: any free one will do.
    QUARKUS_MANAGEMENT_HOST: '127.0.0.1',
    QUARKUS_MANAGEMENT_PORT: '0',
    ...REGISTRY_SETTINGS,
    QUARKUS_LOG_CONSOLE_FORMAT: '%d{yyyy-MM-dd HH:mm:ss} %p [%c] %m%n%e',
  };
  const args = [...REGISTRY_HEAP, '-XX:TieredStopAtLevel=1', '-jar', 'quarkus-run.jar'];
  return {
    name: 'registry',
    kind: 'service',
    group: 'registry',
    command: java.path,
    args,
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...settings },
    ports: [port],
    stopSignal: 'SIGTERM',
    stopTimeout: 15_000,
    fingerprint: createHash('sha256')
      .update(JSON.stringify([java.path, args, folder, settings]))
      .digest('hex'),
  };
}
