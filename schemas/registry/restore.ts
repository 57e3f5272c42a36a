/**
 * Registering schemas under IDs that are given, where the registry would choose its own.
 *
 * Confluent's API has a mode for it. Apicurio accepts that mode and the IDs, and ignores them (3.3.3), but imports archives
 * of its own with the IDs in them, also while it holds other schemas.
 */
import { createHash } from 'node:crypto';
import type { RegisteredSchema } from './registry';
import { apicurio } from './apicurio';
import {
  hostOf,
  RegistryRefusedError,
  transport,
  type Ask,
  type RegistryAddress,
  type RegistryOptions,
} from './transport';
import { zipOf } from './zip';

const UNKNOWN_SUBJECT = 40401;

/** `SchemaRegistry.restore` of the registry at this address. */
export function restorer(
  address: RegistryAddress,
  options: RegistryOptions,
): (s: readonly RegisteredSchema[]) => Promise<void> {
  const ask = transport(address, options);
  const own = apicurio(address, options);
  if (!own) return (schemas) => importInMode(ask, schemas, hostOf(address.url));
  return async (schemas) => {
    const subjects = [...new Set(schemas.map(({ subject }) => subject))];
    const isNew = await Promise.all(subjects.map((subject) => isMissing(ask, subject)));
    const missing = new Set(subjects.filter((_, i) => isNew[i]));
    await importArchive(own, archiveOf(schemas, missing));
  };
}

async function isMissing(ask: Ask, subject: string): Promise<boolean> {
  try {
    await ask('GET', `/subjects/${encodeURIComponent(subject)}/versions`);
    return false;
  } catch (error) {
    if (error instanceof RegistryRefusedError && error.code === UNKNOWN_SUBJECT) return true;
    throw error;
  }
}

/** Confluent's way. The subject is open for nothing else meanwhile. */
async function importInMode(ask: Ask, schemas: readonly RegisteredSchema[], who: string): Promise<void> {
  for (const { id, subject, version, schema, schemaType } of schemas) {
    const at = encodeURIComponent(subject);
    await ask('PUT', `/mode/${at}?force=true`, { mode: 'IMPORT' });
    try {
      const { body } = await ask('POST', `/subjects/${at}/versions`, { id, version, schema, schemaType });
      const given = (body as { id?: unknown }).id;
      if (given !== id) {
        const reason = `it gave ${subject} the ID ${String(given)} instead of ${id}`;
        throw new RegistryRefusedError(`${who} does not import schemas: ${reason}.`, 0, reason);
      }
    } finally {
      await ask('PUT', `/mode/${at}?force=true`, { mode: 'READWRITE' });
    }
  }
}

/** Apicurio's way: an archive as its export makes it, with content IDs, which are the IDs in its Confluent API. */
async function importArchive(ask: Ask, files: ReadonlyMap<string, string>): Promise<void> {
  await ask('POST', '/admin/import?requireEmptyRegistry=false', zipOf(files), {
    'content-type': 'application/zip',
    accept: 'application/json',
    'x-registry-preservecontentid': 'true',
    // The other IDs, of versions, may be taken by now, and nobody reads by them.
    'x-registry-preserveglobalid': 'false',
  });
}

/**
 * The files of the archive, by their paths. What the registry has already must not be in it: it counts an error for each,
 * and after five it calls itself unhealthy.
 * @param missing the subjects that are not there
 */
function archiveOf(schemas: readonly RegisteredSchema[], missing: ReadonlySet<string>): Map<string, string> {
  const files = new Map<string, string>();
  const add = (path: string, content: object) => files.set(`${path}.json`, JSON.stringify(content));
  const now = { owner: '', createdOn: Date.now(), modifiedBy: '', modifiedOn: Date.now() };
  add('registry.Manifest', { systemVersion: '3.0', exportVersion: '3.0', exportedOn: now.createdOn });
  const latest = new Map<string, string[]>();
  for (const { id, subject, version, schema, schemaType: artifactType } of schemas) {
    const contentHash = createHash('sha256').update(schema).digest('hex');
    const contentType = artifactType === 'PROTOBUF' ? 'application/x-protobuf' : 'application/json';
    add(`content/${contentHash}.Content`, { contentId: id, contentHash, contentType, artifactType });
    files.set(`content/${contentHash}.Content.data`, schema);
    const folder = `groups/default/artifacts/${encodeURIComponent(subject)}`;
    const artifact = { ...now, groupId: null, artifactId: subject };
    const place = { version: String(version), versionOrder: version, state: 'ENABLED' };
    add(`${folder}/versions/${version}.ArtifactVersion`, {
      ...artifact,
      ...place,
      globalId: id,
      contentId: id,
    });
    if (!missing.has(subject)) continue;
    latest.set(subject, [...(latest.get(subject) ?? []), place.version]);
    const branch = { branchId: 'latest', systemDefined: true, versions: latest.get(subject) };
    add(`${folder}/MetaData.Artifact`, { ...artifact, artifactType });
    add(`${folder}/branches/latest.Branch`, { ...artifact, ...branch });
  }
  return files;
}
