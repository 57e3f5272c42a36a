import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import type { Logger } from '../logger';
import { createKafka, type KafkaSettings } from './client';

/** One line of Kafka's access lists: a user may do something with one resource, from any host. */
export interface AccessEntry {
  readonly user: string;
  readonly kind: 'TOPIC' | 'GROUP' | 'CLUSTER';
  readonly name: string;
  readonly operation: keyof typeof AclOperationTypes;
}

/**
 * Makes the access lists of these users on these resources just these entries: what is missing is added first, and then what
 * is there besides is taken away. Other users, and other resources, keep what they have.
 * @param wanted all entries of the users
 * @param isOurs whether a resource is one that the entries are about
 * @throws {Error} where the brokers have no authorizer, or the client may not change access lists (ALTER on the cluster)
 */
export async function setAccessLists(
  settings: KafkaSettings,
  logger: Logger,
  wanted: readonly AccessEntry[],
  isOurs: (resource: Pick<AccessEntry, 'kind' | 'name'>) => boolean,
): Promise<void> {
  const admin = createKafka(settings, logger).admin();
  await admin.connect();
  try {
    const users = [...new Set(wanted.map(({ user }) => user))];
    const described = await Promise.all(users.map((user) => admin.describeAcls(filterOf({ user }))));
    const there = described.flatMap(({ resources }) =>
      resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
        acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
      ),
    );
    const keyOf = (entry: object) => JSON.stringify(Object.entries(entry).sort());
    const known = new Set(there.map(keyOf));
    const missing = wanted.map(bindingOf).filter((binding) => !known.has(keyOf(binding)));
    if (missing.length > 0) await admin.createAcls({ acl: missing });
    const needed = new Set(wanted.map((entry) => keyOf(bindingOf(entry))));
    const surplus = there.filter((binding) => isAbout(binding, isOurs) && !needed.has(keyOf(binding)));
    if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function bindingOf({ user, kind, name, operation }: AccessEntry) {
  return {
    resourceType: AclResourceTypes[kind],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}

function filterOf({ user }: Pick<AccessEntry, 'user'>) {
  return {
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: `User:${user}`,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
}

const KINDS = { TOPIC: AclResourceTypes.TOPIC, GROUP: AclResourceTypes.GROUP, CLUSTER: AclResourceTypes.CLUSTER };

function isAbout(
  { resourceType, resourceName }: { readonly resourceType: AclResourceTypes; readonly resourceName: string },
  isOurs: (resource: Pick<AccessEntry, 'kind' | 'name'>) => boolean,
): boolean {
  const kind = (Object.keys(KINDS) as AccessEntry['kind'][]).find((each) => KINDS[each] === resourceType);
  return kind !== undefined && isOurs({ kind, name: resourceName });
}
