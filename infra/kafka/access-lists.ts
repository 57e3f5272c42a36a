import { setTimeout as delay } from 'node:timers/promises';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs';
import type { Logger } from '../logger';
import { createKafka, type KafkaSettings } from './client';

const KNOWN_AFTER_MS = 10_000;

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
    await setWith(admin, wanted, isOurs);
  } catch (error) {
    if ((error as { type?: string }).type !== 'SECURITY_DISABLED') throw error;
    throw new Error('the brokers keep no access lists: authorizer.class.name is not set', { cause: error });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function setWith(
  admin: Admin,
  wanted: readonly AccessEntry[],
  isOurs: (resource: Pick<AccessEntry, 'kind' | 'name'>) => boolean,
): Promise<void> {
  const bindings = wanted.map(bindingOf);
  const users = [...new Set(wanted.map(({ user }) => user))];
  const there = await bindingsOf(admin, users);
  const missing = without(bindings, there);
  if (missing.length > 0) {
    await admin.createAcls({ acl: missing });
    await waitForBindings(admin, users, bindings);
  }
  const surplus = without(there, bindings).filter((binding) => isAbout(binding, isOurs));
  if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
}

type Binding = ReturnType<typeof bindingOf>;

async function bindingsOf(admin: Admin, users: readonly string[]): Promise<Binding[]> {
  const described = await Promise.all(users.map((user) => admin.describeAcls(filterOf(user))));
  return described.flatMap(({ resources }) =>
    resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
      acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })),
    ),
  );
}

/** The controller has them at once, and the brokers a moment later. @throws {Error} when they have not after ten seconds */
async function waitForBindings(
  admin: Admin,
  users: readonly string[],
  bindings: readonly Binding[],
): Promise<void> {
  const deadline = Date.now() + KNOWN_AFTER_MS;
  while (without(bindings, await bindingsOf(admin, users)).length > 0) {
    if (Date.now() > deadline) throw new Error('the brokers do not know the new access lists yet');
    await delay(50);
  }
}

/** Those of the first that are not among the second. */
function without(bindings: readonly Binding[], others: readonly Binding[]): Binding[] {
  const keyOf = (binding: Binding) => JSON.stringify(Object.entries(binding).sort());
  const known = new Set(others.map(keyOf));
  return bindings.filter((binding) => !known.has(keyOf(binding)));
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

function filterOf(user: string) {
  return {
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: `User:${user}`,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
}

const KINDS = {
  TOPIC: AclResourceTypes.TOPIC,
  GROUP: AclResourceTypes.GROUP,
  CLUSTER: AclResourceTypes.CLUSTER,
};

function isAbout(
  { resourceType, resourceName }: { readonly resourceType: AclResourceTypes; readonly resourceName: string },
  isOurs: (resource: Pick<AccessEntry, 'kind' | 'name'>) => boolean,
): boolean {
  const kind = (Object.keys(KINDS) as AccessEntry['kind'][]).find((each) => KINDS[each] === resourceType);
  return kind !== undefined && isOurs({ kind, name: resourceName });
}
