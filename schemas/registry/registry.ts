/**
 * A client of the Confluent Schema Registry's REST API, as far as this project needs it. Apicurio, Karapace, Redpanda
 * and Confluent's own registry implement that API.
 *
 * Why not a library: @confluentinc/schemaregistry is well kept, but depends on the SDKs of AWS, Azure, Google Cloud and
 * Vault. @kafkajs/confluent-schema-registry has no retries that we could configure, and does not distinguish "no such
 * schema" from "no answer", on which the handling of poison records depends.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordSchema } from '../event-set';

/** A transient error: the registry is down, too slow, or the answer does not come from a registry. Retry. */
export class RegistryUnavailableError extends Error {
  override readonly name = 'RegistryUnavailableError';
}

/** The registry answered and refused. A retry gives the same answer. */
export class RegistryRefusedError extends Error {
  override readonly name = 'RegistryRefusedError';
  constructor(
    message: string,
    /** Confluent's error code, such as 42201 for an invalid schema; the HTTP status where there is none. */
    readonly code: number,
    /** The registry's own message. */
    readonly reason: string,
  ) {
    super(message);
  }
}

export type Compatibility =
  'NONE' | 'BACKWARD' | 'FORWARD' | 'FULL' | `${'BACKWARD' | 'FORWARD' | 'FULL'}_TRANSITIVE`;

/** A schema as the registry holds it. */
export interface StoredSchema {
  /** The schema's text. */
  readonly schema: string;
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly schemaType: string;
}

/** Every call throws {RegistryUnavailableError} without an answer, and {RegistryRefusedError} on a refusal. */
export interface SchemaRegistry {
  /** Registers the schema under the subject. @returns its ID; the same one whenever the same schema is registered */
  register(subject: string, schema: RecordSchema): Promise<number>;
  /** @returns the ID that the schema has under the subject, or undefined where it is not registered */
  lookup(subject: string, schema: RecordSchema): Promise<number | undefined>;
  /** @returns the schema with this ID, or undefined where the registry certainly has none */
  schemaById(id: number): Promise<StoredSchema | undefined>;
  /** Sets the level of a subject. The subject need not have a schema yet. */
  setCompatibility(subject: string, level: Compatibility): Promise<void>;
  /** @returns the level set for the subject; where none is, undefined (Apicurio: NONE) */
  compatibility(subject: string): Promise<Compatibility | undefined>;
  /** Checks whether the schema could be registered. @returns the reasons why not; empty where it could */
  incompatibilities(subject: string, schema: RecordSchema): Promise<string[]>;
  /** Resolves when the registry answers. */
  ping(): Promise<void>;
}

export interface RegistryOptions {
  /** How long one attempt may take, in milliseconds. */
  readonly timeout?: number;
  /** How many times a call is retried after no answer, a 5xx or a 429. */
  readonly retries?: number;
  /** The pause before the first retry, in milliseconds; it doubles with each. */
  readonly pause?: number;
}

const NOT_FOUND = { subject: 40401, version: 40402, schema: 40403, level: 40408 } as const;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A client of the registry at this URL, which includes the base path and, where the registry requires them, user and
 * password. It connects on first use.
 */
export function createRegistry(url: string, options: RegistryOptions = {}): SchemaRegistry {
  const ask = transport(url, options);
  const at = (subject: string) => encodeURIComponent(subject);

  return {
    async register(subject, schema) {
      const text = { schema: JSON.stringify(schema) };
      return idIn(await ask('POST', `/subjects/${at(subject)}/versions`, text));
    },
    async lookup(subject, schema) {
      const found = await absent(ask('POST', `/subjects/${at(subject)}`, { schema: JSON.stringify(schema) }));
      return found && idIn(found);
    },
    async schemaById(id) {
      const found = await absent(ask('GET', `/schemas/ids/${id}`), NOT_FOUND.schema);
      if (!found) return undefined;
      const { schema, schemaType = 'AVRO' } = found.body as Partial<StoredSchema>;
      if (typeof schema !== 'string')
        throw new RegistryUnavailableError(`${hostOf(url)} answered without a schema.`);
      return { schema, schemaType };
    },
    async setCompatibility(subject, level) {
      await ask('PUT', `/config/${at(subject)}`, { compatibility: level });
    },
    async compatibility(subject) {
      const found = await absent(ask('GET', `/config/${at(subject)}`));
      return (found?.body as { compatibilityLevel?: Compatibility } | undefined)?.compatibilityLevel;
    },
    async incompatibilities(subject, schema) {
      const path = `/compatibility/subjects/${at(subject)}/versions?verbose=true`;
      const found = await absent(ask('POST', path, { schema: JSON.stringify(schema) }));
      const { is_compatible: fits = true, messages = [] } = (found?.body ?? {}) as {
        is_compatible?: boolean;
        messages?: string[];
      };
      if (fits) return [];
      return messages.length > 0 ? messages : ['the registry did not say why'];
    },
    async ping() {
      await ask('GET', '/subjects');
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

/** Host and path, without the password that the URL may contain. */
function hostOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `The schema registry at ${host}${pathname}`;
}

type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** One request with its deadline and retries. Every request here is idempotent. */
function transport(url: string, { timeout = 5_000, retries = 3, pause: first = 200 }: RegistryOptions): Ask {
  const base = new URL(url);
  const headers: Record<string, string> = {
    accept: 'application/vnd.schemaregistry.v1+json, application/json',
    'content-type': 'application/vnd.schemaregistry.v1+json',
  };
  if (base.username || base.password) {
    const user = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
    headers.authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  }
  const root = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;

  return async (method, path, body) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await request(root + path, { method, headers, timeout, body }, hostOf(url));
      } catch (error) {
        if (!(error instanceof RegistryUnavailableError) || attempt >= retries) throw error;
        await pause(first * 2 ** attempt);
      }
    }
  };
}

interface RequestOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly timeout: number;
  readonly body: unknown;
}

async function request(
  url: string,
  { method, headers, timeout, body }: RequestOptions,
  who: string,
): Promise<Answer> {
  let status: number;
  let text: string;
  try {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeout), ...payload });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new RegistryUnavailableError(`${who} does not answer: ${reasonOf(error)}.`, { cause: error });
  }
  const answer = parse(text);
  if (status < 400 && answer !== undefined) return { status, body: answer };
  const { error_code: code, message = text.slice(0, 200) } = (answer ?? {}) as {
    error_code?: number;
    message?: string;
  };
  // A 404 without the registry's own code comes from another server at this address, so the schema may exist.
  if (
    status >= 500 ||
    status === 429 ||
    status === 408 ||
    (status === 404 && code === undefined) ||
    status < 400
  )
    throw new RegistryUnavailableError(
      `${who} answered ${status} to ${method} ${new URL(url).pathname}: ${message}`,
    );
  throw new RegistryRefusedError(`${who} refused (${code ?? status}): ${message}`, code ?? status, message);
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The reason that fetch puts into its error's cause, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it took too long';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
