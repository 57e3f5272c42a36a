import { LOCAL_DATABASE } from '../app/local-system/settings';
import { IMAGES } from '../infra/local/docker';
import {
  ownKafkaService,
  ownPostgresService,
  ownRegistryService,
  REGISTRY_DATABASE,
  type Service,
  type ServiceName,
} from '../infra/local/services';
import {
  asVariables,
  brokerSettings,
  INITDB_FLAGS,
  POSTGRES_SETTINGS,
  REGISTRY_HEAP,
  REGISTRY_SETTINGS,
} from '../infra/local/server-settings';

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
  const common = {
    CLUSTER_ID: 'testTestTestTestTestQQ',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: ports.map((_, i) => `${i + 1}@kafka-${i + 1}:9093`).join(','),
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    ...asVariables(brokerSettings(ports.length)),
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
      POSTGRES_INITDB_ARGS: INITDB_FLAGS.join(' '),
    },
    command: [
      'postgres',
      ...Object.entries(POSTGRES_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
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
      ...REGISTRY_SETTINGS,
      JAVA_TOOL_OPTIONS: REGISTRY_HEAP.join(' '),
      APICURIO_DATASOURCE_URL: `jdbc:postgresql://postgres:5432/${REGISTRY_DATABASE}`,
      APICURIO_DATASOURCE_USERNAME: LOCAL_DATABASE.user,
      APICURIO_DATASOURCE_PASSWORD: LOCAL_DATABASE.password,
    },
  };
}
