import { fullName, type AnyEvent, type EventSet, type RecordSchema } from '../event-set';
import { LIBRARY_EVENTS, OUTCOMES } from '../generated/events';
import { RegistryRefusedError, type SchemaRegistry } from './registry';

/** The subject of a record on a topic (Confluent's TopicRecordNameStrategy): several event types share a topic. */
export function subjectOf(topic: string, schema: RecordSchema): string {
  return `${topic}-${fullName(schema)}`;
}

/** Whether a subject is of a record on one of the topics. */
export function isSubjectOf(topics: readonly string[], subject: string): boolean {
  return topics.some((topic) => subject.startsWith(`${topic}-`));
}

/** The schemas of an event set with their subjects. */
export function subjectsOf<E extends AnyEvent>(
  topic: string,
  { schemas }: EventSet<E>,
): { readonly subject: string; readonly schema: RecordSchema }[] {
  const records = Object.values<RecordSchema>(schemas);
  return records.map((schema) => ({ subject: subjectOf(topic, schema), schema }));
}

export interface RegisterOptions {
  readonly registry: SchemaRegistry;
  /** The topics' names, as `topicNames` gives them. */
  readonly topics: { readonly reservations: string; readonly outcomes: string };
}

/**
 * Registers all our schemas. Each subject is FULL_TRANSITIVE from its first schema on. Idempotent: a schema that is
 * registered keeps its ID.
 * @returns the ID of each subject's schema
 * @throws {Error} naming the subject whose schema the registry refuses, and why
 * @throws {RegistryUnavailableError} when the registry does not answer
 */
export async function registerSchemas({ registry, topics }: RegisterOptions): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  const all = [...subjectsOf(topics.reservations, LIBRARY_EVENTS), ...subjectsOf(topics.outcomes, OUTCOMES)];
  for (const { subject, schema } of all) ids.set(subject, await registerOne(registry, subject, schema));
  return ids;
}

/** Makes the subject FULL_TRANSITIVE, then registers the schema under it; see `registerSchemas`. */
export async function registerOne(
  registry: SchemaRegistry,
  subject: string,
  schema: RecordSchema,
): Promise<number> {
  try {
    if ((await registry.compatibility(subject)) !== 'FULL_TRANSITIVE')
      await registry.setCompatibility(subject, 'FULL_TRANSITIVE');
    return (await registry.lookup(subject, schema)) ?? (await registry.register(subject, schema));
  } catch (error) {
    if (!(error instanceof RegistryRefusedError)) throw error;
    throw new Error(
      `The registry refuses the schema of ${subject}: ${error.reason.replace(/\.?$/, '.')} Change it so that old and new readers understand ` +
        'each other: docs/schemas.md says how.',
      { cause: error },
    );
  }
}
