import type { AccessEntry } from '../../infra/kafka/access-lists';
import { CLUSTER, kafkaRights, kafkaUser, type Principal } from './rights';

/** The table of rights as entries of Kafka's access lists. @param prefix of the topics and groups (`TOPIC_PREFIX`) */
export function accessEntries(prefix: string, only?: Principal): AccessEntry[] {
  return kafkaRights(prefix)
    .filter(({ principal }) => only === undefined || principal === only)
    .map(({ principal, ...right }) => ({ user: kafkaUser(principal), ...right }));
}

/** Whether the table speaks of the resource. Another platform of the same cluster, with another prefix, has lists of its own. */
export function isInTable(prefix: string): (resource: Pick<AccessEntry, 'kind' | 'name'>) => boolean {
  return ({ kind, name }) => (kind === 'CLUSTER' ? name === CLUSTER : name.startsWith(`${prefix}.`));
}
