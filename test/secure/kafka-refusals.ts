import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type Admin,
  type Producer,
} from 'kafkajs';
import type { ClusterOperation, TopicOperation } from '../../app/rights/rights';
import type { KafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger } from '../../infra/logger';

/** Tries what a principal may not do, one thing at a time, over connections of its own. */
export class Intruder {
  private readonly admin: Admin;
  private readonly producer: Producer;
  private readonly log: KafkaLog;

  constructor(settings: KafkaSettings) {
    const { brokers, clientId, ssl, sasl } = settings;
    const kafka = new Kafka({
      ...{ brokers: [...brokers], clientId, ssl: ssl!, sasl: sasl! },
      ...{ logLevel: logLevel.NOTHING, retry: { retries: 0 } },
    });
    this.admin = kafka.admin();
    this.producer = kafka.producer({ allowAutoTopicCreation: false });
    this.log = new KafkaLog(settings, createLogger('silent'));
  }

  async open(): Promise<void> {
    await Promise.all([this.admin.connect(), this.producer.connect()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.producer.disconnect(), this.log.close()]);
  }

  /** @returns the code of the error with which the brokers refuse it; 'allowed' when they do not */
  onTopic(operation: TopicOperation | 'DELETE' | 'ALTER' | 'ALTER_CONFIGS', topic: string): Promise<string> {
    const { admin, producer, log } = this;
    const attempts: Record<typeof operation, () => Promise<unknown>> = {
      WRITE: () => producer.send({ topic, messages: [{ key: 'k', value: 'intruder' }] }),
      READ: async () => {
        await log
          .read(topic, { ranges: [{ partition: 0, start: 0, end: 1 }] })
          [Symbol.asyncIterator]()
          .next();
      },
      DESCRIBE: () => log.bounds(topic),
      DESCRIBE_CONFIGS: async () => {
        const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms'] };
        await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
      },
      CREATE: () => admin.createTopics({ validateOnly: true, topics: [{ topic, numPartitions: 1 }] }),
      DELETE: () => admin.deleteTopics({ topics: [topic] }),
      ALTER: () => admin.createPartitions({ topicPartitions: [{ topic, count: 99 }] }),
      ALTER_CONFIGS: () =>
        admin.alterConfigs({
          validateOnly: true,
          resources: [
            {
              ...{ type: ConfigResourceTypes.TOPIC, name: topic },
              configEntries: [{ name: 'retention.ms', value: '1' }],
            },
          ],
        }),
    };
    return answerTo(attempts[operation]);
  }

  /** Whoever may not even ask for the offsets of a group is no member of it. */
  onGroup(groupId: string, topic: string): Promise<string> {
    return answerTo(() => this.admin.fetchOffsets({ groupId, topics: [topic] }));
  }

  onCluster(operation: ClusterOperation): Promise<string> {
    const everything = {
      ...{ resourceType: AclResourceTypes.TOPIC, resourceName: '*', host: '*' },
      ...{ resourcePatternType: ResourcePatternTypes.LITERAL, principal: 'User:intruder' },
      ...{ operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
    };
    const broker = { type: ConfigResourceTypes.BROKER, name: '1', configNames: ['log.dirs'] };
    const attempts: Record<ClusterOperation, () => Promise<unknown>> = {
      ALTER: () => this.admin.createAcls({ acl: [everything] }),
      DESCRIBE: () => this.admin.describeAcls(everything),
      DESCRIBE_CONFIGS: () => this.admin.describeConfigs({ includeSynonyms: false, resources: [broker] }),
    };
    return answerTo(attempts[operation]);
  }
}

async function answerTo(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
    return 'allowed';
  } catch (error) {
    return codeOf(error as Error);
  }
}

/** kafkajs wraps what the broker said, more than once. */
function codeOf(error: Error & { type?: string; errors?: (Error & { type?: string })[] }): string {
  if (error.type) return error.type;
  const within = error.errors?.[0] ?? (error.cause as Error | undefined);
  return within ? codeOf(within) : error.message;
}
