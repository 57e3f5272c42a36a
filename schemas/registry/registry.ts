/**
 * A client of the Confluent Schema Registry's REST API, as far as this project needs it. Apicurio, Karapace, Redpanda
 * and Confluent's own registry implement that API.
 *
 * Why not a library: @confluentinc/schemaregistry is well kept, but depends on the SDKs of AWS, Azure, Google Cloud and
 * Vault. @kafkajs/confluent-schema-registry has no retries that we could configure, and does not distinguish "no such
 * schema" from "no answer", on which the handling of poison records depends.
 */
import type { RecordSchema } from '../event-set';
import { apicurio, apicurioSubjects } from './apicurio';
import { restorer } from './restore';
import {
  hostOf,
  RegistryRefusedError,
  RegistryUnavailableError,
  transport,
  type Answer,
  type RegistryAddress,
  type RegistryOptions,
} from './transport';

export { RegistryRefusedError, RegistryUnavailableError };

export type Compatibility =
  | 'NONE'
  | 'BACKWARD'
  | 'FORWARD'
  | 'FULL'
  | `${'BACKWARD' | 'FORWARD' | 'FULL'}_TRANSITIVE`;

/** A schema as the registry holds it. */
export interface StoredSchema {
  /** The schema's text. */
  readonly schema: string;
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly schemaType: string;
}

/** A schema under one of its subjects. */
export interface RegisteredSchema extends StoredSchema {
  /** The ID that records name it by. */
  readonly id: number;
  readonly subject: string;
  /** Its number under the subject, from 1. */
  readonly version: number;
}

/** Every call throws {RegistryUnavailableError} without an answer, and {RegistryRefusedError} on a refusal. */
export interface SchemaRegistry {
  /**
   * Registers the schema, or its text, under the subject.
   * @returns its ID; the same one whenever the same schema is registered
   */
  register(subject: string, schema: RecordSchema | string): Promise<number>;
  /** @returns the ID that the schema has under the subject, or undefined where it is not registered */
  lookup(subject: string, schema: RecordSchema): Promise<number | undefined>;
  /** @returns the schema with this ID, or undefined where the registry certainly has none */
  schemaById(id: number): Promise<StoredSchema | undefined>;
  /** @returns the subjects and versions that the schema with this ID is registered under */
  placesOf(id: number): Promise<Pick<RegisteredSchema, 'subject' | 'version'>[]>;
  /** @returns the subjects whose names begin so */
  subjects(prefix: string): Promise<string[]>;
  /** @returns every version of the subject; empty where there is no such subject */
  versions(subject: string): Promise<RegisteredSchema[]>;
  /**
   * Registers schemas under the IDs that they had, which the registry does not know. Their versions must be free, and two
   * texts that are equal have one ID. What it refuses it may refuse without a word: ask for the IDs afterwards.
   */
  restore(schemas: readonly RegisteredSchema[]): Promise<void>;
  /** Sets the level of a subject. The subject need not have a schema yet. */
  setCompatibility(subject: string, level: Compatibility): Promise<void>;
  /** @returns the level set for the subject; where none is, undefined (Apicurio: NONE) */
  compatibility(subject: string): Promise<Compatibility | undefined>;
  /** Checks whether the schema could be registered. @returns the reasons why not; empty where it could */
  incompatibilities(subject: string, schema: RecordSchema): Promise<string[]>;
  /** Resolves when the registry answers. */
  ping(): Promise<void>;
}

const NOT_FOUND = { subject: 40401, version: 40402, schema: 40403, level: 40408 } as const;

/**
 * A client of the registry at this address, or at this URL, which includes the base path, where anybody may ask it. It connects
 * on first use.
 */
export function createRegistry(at: string | RegistryAddress, options: RegistryOptions = {}): SchemaRegistry {
  const address = typeof at === 'string' ? { url: at } : at;
  const { url } = address;
  const ask = transport(address, options);
  const own = apicurio(address, options);
  const named = (subject: string) => encodeURIComponent(subject);

  return {
    async register(subject, schema) {
      const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
      return idIn(await ask('POST', `/subjects/${named(subject)}/versions`, { schema: text }));
    },
    async lookup(subject, schema) {
      const found = await absent(
        ask('POST', `/subjects/${named(subject)}`, { schema: JSON.stringify(schema) }),
      );
      return found && idIn(found);
    },
    async schemaById(id) {
      const found = await absent(ask('GET', `/schemas/ids/${id}`), NOT_FOUND.schema);
      if (!found) return undefined;
      return storedIn(found, hostOf(url));
    },
    async placesOf(id) {
      const found = await absent(ask('GET', `/schemas/ids/${id}/versions`), NOT_FOUND.schema);
      return (found?.body ?? []) as Pick<RegisteredSchema, 'subject' | 'version'>[];
    },
    async subjects(prefix) {
      const listed = own
        ? await apicurioSubjects(own, prefix)
        : ((await ask('GET', `/subjects?subjectPrefix=${named(prefix)}`)).body as string[]);
      // Not every registry knows the parameter, and Apicurio takes "_" and "%" for wildcards.
      return listed.filter((subject) => subject.startsWith(prefix));
    },
    async versions(subject) {
      const found = await absent(ask('GET', `/subjects/${named(subject)}/versions`));
      const numbers = (found?.body ?? []) as number[];
      return Promise.all(
        numbers.map(async (version) => {
          const answer = await ask('GET', `/subjects/${named(subject)}/versions/${version}`);
          return { id: idIn(answer), subject, version, ...storedIn(answer, hostOf(url)) };
        }),
      );
    },
    restore: restorer(address, options),
    async setCompatibility(subject, level) {
      await ask('PUT', `/config/${named(subject)}`, { compatibility: level });
    },
    async compatibility(subject) {
      const found = await absent(ask('GET', `/config/${named(subject)}`));
      return (found?.body as { compatibilityLevel?: Compatibility } | undefined)?.compatibilityLevel;
    },
    async incompatibilities(subject, schema) {
      const path = `/compatibility/subjects/${named(subject)}/versions?verbose=true`;
      const found = await absent(ask('POST', path, { schema: JSON.stringify(schema) }));
      const { is_compatible: fits = true, messages = [] } = (found?.body ?? {}) as {
        is_compatible?: boolean;
        messages?: string[];
      };
      if (fits) return [];
      return messages.length > 0 ? messages : ['the registry did not say why'];
    },
    async ping() {
      // One, as there may be thousands, which take Apicurio longer than a check of health may.
      await ask('GET', '/subjects?limit=1');
    },
  };
}

/** The answer; undefined where the registry answers that the requested thing does not exist. */
async function absent(asked: Promise<Answer>, ...codes: number[]): Promise<Answer | undefined> {
  const expected: readonly number[] = codes.length > 0 ? codes : Object.values(NOT_FOUND);
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RegistryRefusedError && expected.includes(error.code)) return undefined;
    throw error;
  }
}

function idIn({ body }: Answer): number {
  const { id } = body as { id?: unknown };
  if (typeof id === 'number' && Number.isInteger(id)) return id;
  throw new RegistryUnavailableError('The schema registry answered without an ID.');
}

function storedIn({ body }: Answer, who: string): StoredSchema {
  const { schema, schemaType = 'AVRO' } = body as Partial<StoredSchema>;
  if (typeof schema !== 'string') throw new RegistryUnavailableError(`${who} answered without a schema.`);
  return { schema, schemaType };
}
