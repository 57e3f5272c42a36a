import { LOCAL_DATABASE } from '../app/local-system/settings';
import { IMAGES } from '../infra/local/docker';
import { FAILOVER_PROPERTIES } from '../infra/local/native/kafka';
import {
  ownKafkaService,
  ownPostgresService,
  ownRegistryService,
  REGISTRY_DATABASE,
  type Service,
  type ServiceName,
} from '../infra/local/services';

export interface ContainerSpec {
  readonly service: Service;
  /** The container's host name in its network. */
  readonly alias: string;
  readonly image: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly env: Record<string, string>;
  readonly command?: readonly string[];
}

/**
 * The containers of a test's servers.
 * @param ports of Postgres, of the registry, and one for each Kafka broker
 */
export function containerSpecs(servers: readonly ServiceName[], ports: readonly number[]): ContainerSpec[] {
  const [postgresPort = 0, registryPort = 0, ...kafkaPorts] = ports;
  const wanted = new Set<ServiceName>(servers);
  if (wanted.has('registry')) wanted.add('postgres');
  return [
    ...(wanted.has('kafka') ? brokers(kafkaPorts) : []),
    ...(wanted.has('postgres') ? [postgres(postgresPort)] : []),
    ...(wanted.has('registry') ? [registry(registryPort)] : []),
  ];
}

function brokers(ports: readonly number[]): ContainerSpec[] {
  const service = ownKafkaService(ports);
  const copies = Math.min(3, ports.length);
  const common = {
    CLUSTER_ID: 'testTestTestTestTestQQ',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: ports.map((_, i) => `${i + 1}@kafka-${i + 1}:9093`).join(','),
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_DEFAULT_REPLICATION_FACTOR: String(copies),
    KAFKA_MIN_INSYNC_REPLICAS: String(Math.max(1, copies - 1)),
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: String(copies),
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
    ...Object.fromEntries(
      Object.entries(FAILOVER_PROPERTIES).map(([name, value]) => [
        `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
        String(value),
      ]),
    ),
  };
  return ports.map((port, i) => ({
    service,
    alias: `kafka-${i + 1}`,
    image: IMAGES.kafka,
    containerPort: port,
    hostPort: port,
    env: {
      ...common,
      KAFKA_NODE_ID: String(i + 1),
      KAFKA_LISTENERS: `CLIENT://0.0.0.0:${port},BROKER://0.0.0.0:9094,CONTROLLER://0.0.0.0:9093`,
      KAFKA_ADVERTISED_LISTENERS: `CLIENT://127.0.0.1:${port},BROKER://kafka-${i + 1}:9094`,
    },
  }));
}

function postgres(port: number): ContainerSpec {
  return {
    service: ownPostgresService(port, LOCAL_DATABASE),
    alias: 'postgres',
    image: IMAGES.postgres,
    containerPort: 5432,
    hostPort: port,
    env: {
      POSTGRES_USER: LOCAL_DATABASE.user,
      POSTGRES_PASSWORD: LOCAL_DATABASE.password,
      POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8',
    },
    command: ['postgres', '-c', 'max_connections=200', '-c', 'shared_buffers=256MB'],
  };
}

function registry(port: number): ContainerSpec {
  return {
    service: ownRegistryService(port),
    alias: 'registry',
    image: IMAGES.registry,
    containerPort: 8080,
    hostPort: port,
    env: {
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'postgresql',
      APICURIO_DATASOURCE_URL: `jdbc:postgresql://postgres:5432/${REGISTRY_DATABASE}`,
      APICURIO_DATASOURCE_USERNAME: LOCAL_DATABASE.user,
      APICURIO_DATASOURCE_PASSWORD: LOCAL_DATABASE.password,
    },
  };
}
