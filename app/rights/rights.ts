import type { ViewName } from '../../consumer/all-views';
import { topicNames, type Topics } from '../../schemas/topics';

/**
 * The table of rights: what each principal may do with Kafka, and each role with the tables. `deploy` makes Kafka's access lists and
 * Postgres' privileges from it (`GRANT_RIGHTS`), docs/security.md shows it, and a test tries everything that it does not give.
 */

/** Who signs in. The processes of the platform, people who only look, who runs commands that change something, and deployments. */
export const PRINCIPALS = [
  'api',
  'availability',
  'demand',
  'notices',
  'policies',
  'analyst',
  'operator',
  'deployer',
] as const;
export type Principal = (typeof PRINCIPALS)[number];

/** The user that a principal is to Kafka. */
export const kafkaUser = (principal: Principal): string => `library-${principal}`;

export type TopicOperation = 'READ' | 'WRITE' | 'CREATE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS';
export type ClusterOperation = 'ALTER' | 'DESCRIBE' | 'DESCRIBE_CONFIGS';

/** Each process makes sure of all topics when it starts (`checkTopics`), and of their copies when it is asked how it is. */
const SEE = ['DESCRIBE', 'DESCRIBE_CONFIGS'] as const;
const READ = [...SEE, 'READ'] as const;
const WRITE = [...SEE, 'WRITE'] as const;
const READ_WRITE = [...SEE, 'READ', 'WRITE'] as const;
const CREATE = [...SEE, 'CREATE'] as const;
/** For commands, which check nothing. To read is to describe, too. */
const READ_ONLY = ['READ'] as const;
const NONE = [] as const;

interface KafkaRights {
  readonly topics: Readonly<Record<keyof Topics, readonly TopicOperation[]>>;
  /** The consumer group that it is a member of: no principal has to do with another's. */
  readonly group?: ViewName;
  readonly cluster: readonly ClusterOperation[];
}

export const KAFKA_RIGHTS: Readonly<Record<Principal, KafkaRights>> = {
  api: {
    topics: {
      reservations: WRITE,
      outcomes: READ,
      deadLetters: SEE,
      idempotencyKeys: READ_WRITE,
      schemas: READ,
      forgotten: READ,
    },
    cluster: NONE,
  },
  availability: {
    topics: {
      reservations: READ,
      outcomes: WRITE,
      deadLetters: WRITE,
      idempotencyKeys: SEE,
      // The schema of another team's writer is kept by whoever reads its first record.
      schemas: READ_WRITE,
      forgotten: READ,
    },
    group: 'availability',
    cluster: NONE,
  },
  demand: {
    topics: {
      reservations: READ,
      outcomes: SEE,
      deadLetters: WRITE,
      idempotencyKeys: SEE,
      schemas: READ_WRITE,
      forgotten: READ,
    },
    group: 'demand',
    cluster: NONE,
  },
  notices: {
    topics: {
      reservations: SEE,
      outcomes: READ,
      deadLetters: WRITE,
      idempotencyKeys: SEE,
      schemas: READ,
      forgotten: READ,
    },
    group: 'notices',
    cluster: NONE,
  },
  policies: {
    topics: {
      reservations: WRITE,
      outcomes: READ,
      deadLetters: SEE,
      idempotencyKeys: SEE,
      schemas: READ,
      forgotten: SEE,
    },
    cluster: NONE,
  },
  analyst: {
    topics: {
      reservations: READ_ONLY,
      outcomes: READ_ONLY,
      deadLetters: READ_ONLY,
      idempotencyKeys: NONE,
      schemas: READ_ONLY,
      forgotten: READ_ONLY,
    },
    cluster: NONE,
  },
  operator: {
    topics: {
      reservations: ['READ', 'WRITE'],
      outcomes: READ_ONLY,
      deadLetters: ['READ', 'WRITE'],
      // For backups.
      idempotencyKeys: READ_ONLY,
      schemas: READ_ONLY,
      forgotten: ['READ', 'WRITE'],
    },
    cluster: NONE,
  },
  deployer: {
    topics: {
      reservations: CREATE,
      outcomes: CREATE,
      deadLetters: CREATE,
      idempotencyKeys: CREATE,
      schemas: [...CREATE, 'READ', 'WRITE'],
      forgotten: CREATE,
    },
    // The brokers' usual number of copies; and the access lists, with which it could give itself anything.
    cluster: ['DESCRIBE_CONFIGS', 'DESCRIBE', 'ALTER'],
  },
};

/** Kafka's right of one principal on one thing. */
export interface KafkaRight {
  readonly principal: Principal;
  readonly kind: 'TOPIC' | 'GROUP' | 'CLUSTER';
  readonly name: string;
  readonly operation: TopicOperation | ClusterOperation;
}

/** The name of the only resource of the kind CLUSTER. */
export const CLUSTER = 'kafka-cluster';

/** All rights in Kafka. @param prefix of the topics and groups (`TOPIC_PREFIX`) */
export function kafkaRights(prefix: string): KafkaRight[] {
  const names = Object.entries(topicNames(prefix)) as [keyof Topics, string][];
  return PRINCIPALS.flatMap((principal) => {
    const { topics, group, cluster } = KAFKA_RIGHTS[principal];
    return [
      ...names.flatMap(([topic, name]) =>
        topics[topic].map((operation) => ({ principal, kind: 'TOPIC' as const, name, operation })),
      ),
      ...(group
        ? [{ principal, kind: 'GROUP' as const, name: `${prefix}.${group}`, operation: 'READ' as const }]
        : []),
      ...cluster.map((operation) => ({ principal, kind: 'CLUSTER' as const, name: CLUSTER, operation })),
    ];
  });
}
