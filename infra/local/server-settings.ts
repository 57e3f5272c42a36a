// What our own servers are set to, wherever they run: as processes of this machine, by infra/compose/compose.yaml (a file, which a
// test compares with this one), or in the containers of tests.

/**
 * How soon others take over from a broker that was killed. Until it counts as gone nobody leads its partitions, and it cannot join again:
 * by default after 9 s, longer than the time-out of a write. Where it was the active controller, too, another one has to be elected
 * first, which by default takes another 3 s.
 */
const FAILOVER = {
  'broker.session.timeout.ms': 2_000,
  'broker.heartbeat.interval.ms': 300,
  'controller.quorum.fetch.timeout.ms': 1_000,
  'controller.quorum.election.timeout.ms': 500,
  'controller.quorum.election.backoff.max.ms': 250,
} as const;

/** What every broker of a cluster of so many is set to: as many copies as three brokers can have, and one of them may be away. */
export function brokerSettings(brokers: number): Record<string, string> {
  const copies = Math.min(3, brokers);
  const inSync = Math.max(1, copies - 1);
  const settings = {
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    ...FAILOVER,
    // There are no further members to wait for; the default delays every first join by three seconds.
    'group.initial.rebalance.delay.ms': 0,
    // Allows a KAFKA_SESSION_TIMEOUT below Kafka's minimum of six seconds: how long the partitions of a killed consumer wait.
    'group.min.session.timeout.ms': 500,
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

/** The variables by which Kafka's image takes settings. */
export function asVariables(settings: Readonly<Record<string, string>>): Record<string, string> {
  const variable = (name: string) => `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [variable(name), value]));
}

export const POSTGRES_SETTINGS = {
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
} as const;

/** The locale knows the upper and lower case of all letters, and sorts the same on every system. */
export const INITDB_FLAGS = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
] as const;

/** Variables of the registry, beside those of its addresses. */
export const REGISTRY_SETTINGS = {
  APICURIO_STORAGE_KIND: 'sql',
  APICURIO_STORAGE_SQL_KIND: 'postgresql',
  // The default, 20 to 100 connections, is up to half of what Postgres has, and after its restart each must be found broken.
  APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '2',
  APICURIO_DATASOURCE_JDBC_MIN_SIZE: '2',
  APICURIO_DATASOURCE_JDBC_MAX_SIZE: '20',
  // By default it accepts any schema.
  APICURIO_RULES_GLOBAL_COMPATIBILITY: 'FULL_TRANSITIVE',
  QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false',
} as const;

/** The registry's heap, as options of its Java. */
export const REGISTRY_HEAP = ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC'] as const;
