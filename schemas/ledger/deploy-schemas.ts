import { LIBRARY_EVENTS, OUTCOMES } from '../generated/events';
import type { RegisteredSchema, SchemaRegistry } from '../registry/registry';
import { isSubjectOf, registerSchemas, subjectsOf, type RegisterOptions } from '../registry/subjects';
import { hasSameMeaning } from './entry';
import type { SchemaLedger } from './ledger';
import { withFreePlaces } from './places';

export interface DeploySchemasOptions extends RegisterOptions {
  readonly ledger: SchemaLedger;
}

/**
 * Makes registry and ledger agree, and both hold our schemas. What the ledger has and the registry lacks is registered again,
 * under the same IDs, before anything else takes them. Then our schemas are registered, and every version of every record
 * on our topics is added to the ledger: nothing is written with an ID before that. Idempotent.
 * @throws {Error} naming the ID, when the registry means something else by it, does not take it, or refuses our schema
 * @throws {RegistryUnavailableError} when registry or ledger do not answer
 */
export async function deploySchemas({ registry, ledger, topics }: DeploySchemasOptions): Promise<void> {
  await restoreLost(registry, [...(await ledger.entries()).values()]);
  const ids = await registerSchemas({ registry, topics });
  const registered = await versionsOn([topics.reservations, topics.outcomes], registry, [...ids.keys()]);
  await ledger.add(inOurWords(registered, topics, ids));
}

/** Every version of every record on the topics. @param subjects those that are there in any case */
async function versionsOn(
  topics: readonly string[],
  registry: SchemaRegistry,
  subjects: readonly string[],
): Promise<RegisteredSchema[]> {
  const listed = await Promise.all(topics.map((topic) => registry.subjects(`${topic}-`)));
  const all = new Set([...subjects, ...listed.flat().filter((subject) => isSubjectOf(topics, subject))]);
  return (await Promise.all([...all].map((subject) => registry.versions(subject)))).flat();
}

/** The same, with our own text for what we have just registered: a registry may spell it otherwise. */
function inOurWords(
  registered: readonly RegisteredSchema[],
  topics: RegisterOptions['topics'],
  ids: ReadonlyMap<string, number>,
): RegisteredSchema[] {
  const all = [...subjectsOf(topics.reservations, LIBRARY_EVENTS), ...subjectsOf(topics.outcomes, OUTCOMES)];
  const ours = all.map(({ subject, schema }): RegisteredSchema => {
    const id = ids.get(subject)!;
    const found = registered.find((each) => each.subject === subject && each.id === id);
    if (!found)
      throw new Error(
        `The schema registry gave ${subject} the ID ${id}, and does not list it: deploy once more.`,
      );
    return { ...found, schema: JSON.stringify(schema) };
  });
  return [...ours, ...registered];
}

/** Registers the schemas of the ledger that the registry has lost, under the IDs that they had. */
async function restoreLost(registry: SchemaRegistry, entries: readonly RegisteredSchema[]): Promise<void> {
  const lost: RegisteredSchema[] = [];
  const taken: RegisteredSchema[] = [];
  for (const entry of entries) {
    const held = await registry.schemaById(entry.id);
    if (!held) lost.push(entry);
    else if (!hasSameMeaning(held, entry)) taken.push(entry);
    else await assertListed(registry, entry, held.schema);
  }
  if (taken.length > 0) throw new Error(await refusalOf(registry, taken));
  if (lost.length === 0) return;
  const present = await Promise.all([...new Set(lost.map(({ subject }) => subject))].map(registry.versions));
  try {
    await registry.restore(withFreePlaces(lost, present.flat()));
  } catch (error) {
    throw new Error(notRestored(lost, (error as Error).message), { cause: error });
  }
  for (const entry of lost) {
    const held = await registry.schemaById(entry.id);
    if (!held || !hasSameMeaning(held, entry))
      throw new Error(notRestored([entry], 'it took the schema, and does not have it now.'));
  }
}

/** Another installation may have restored the same schema under its own subject: ours gets it too, and the same ID. */
async function assertListed(
  registry: SchemaRegistry,
  { id, subject }: RegisteredSchema,
  text: string,
): Promise<void> {
  if ((await registry.placesOf(id)).some((place) => place.subject === subject)) return;
  const given = await registry.register(subject, text);
  if (given !== id)
    throw new Error(
      `The schema registry has the schema of ID ${id} under the ID ${given} too, for ${subject}.`,
    );
}

async function refusalOf(registry: SchemaRegistry, taken: readonly RegisteredSchema[]): Promise<string> {
  const [first] = taken as [RegisteredSchema];
  const holders = (await registry.placesOf(first.id)).map(({ subject }) => subject).join(', ');
  return (
    `The schema registry means something else by ${idsOf(taken)} than records on the stream do: ` +
    `${first.id} is ${first.subject} there, and ${holders || 'a deleted subject'} in the registry. It was lost, and others registered ` +
    'their schemas first. Empty it, deploy, and let them register again: docs/schemas.md says more.'
  );
}

function notRestored(lost: readonly RegisteredSchema[], reason: string): string {
  return (
    `The schema registry lacks ${idsOf(lost)}, which records on the stream name, and does not take them back: ` +
    `${reason.replace(/\.?$/, '.')} docs/schemas.md says what to do.`
  );
}

function idsOf(entries: readonly RegisteredSchema[]): string {
  const ids = entries.map(({ id }) => id).sort((a, b) => a - b);
  return `the ${ids.length === 1 ? 'ID' : 'IDs'} ${ids.join(', ')}`;
}
