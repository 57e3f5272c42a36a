import { UnknownTopicError, type Log } from '../../infra/event-log/log';
import { shared } from '../../infra/shared';
import type { RecordSchema } from '../event-set';
import { RegistryUnavailableError, type RegisteredSchema, type StoredSchema } from '../registry/registry';
import { entryIn, entryRecord, hasSameMeaning, isSameSchema } from './entry';

/** The one partition of the topic. */
const PARTITION = 0;

/**
 * The schema of every ID that records name, on a compacted topic beside them. It is as durable as they are, and a registry
 * is not: one that was lost and made anew gives the same IDs to other schemas.
 *
 * An ID has one meaning for ever: an entry is added, never changed. What is known is read once; an ID that is not known is
 * looked for in what was added since.
 */
export class SchemaLedger {
  private readonly known = new Map<number, RegisteredSchema>();
  private next = 0;
  /** Reads what was added since; one reader at a time. */
  private readonly readOn = shared(() => this.readToEnd());

  constructor(
    private readonly log: Log,
    private readonly topic: string,
  ) {}

  /**
   * All entries up to the present end of the topic, by ID.
   * @throws {RegistryUnavailableError} when the topic cannot be read: a transient error
   */
  async entries(): Promise<ReadonlyMap<number, RegisteredSchema>> {
    await this.readOn();
    return this.known;
  }

  /** The schema with this ID; undefined where the ledger does not have it. @throws see `entries` */
  async schemaById(id: number): Promise<RegisteredSchema | undefined> {
    if (!this.known.has(id)) await this.readOn();
    return this.known.get(id);
  }

  /** The ID of the schema under the subject; undefined where the ledger does not have it. @throws see `entries` */
  async idOf(subject: string, schema: RecordSchema): Promise<number | undefined> {
    const wanted: StoredSchema = { schema: JSON.stringify(schema), schemaType: 'AVRO' };
    const find = () => {
      const ours = [...this.known.values()].filter((entry) => entry.subject === subject);
      const found = ours.find((entry) => isSameSchema(entry, wanted));
      return (found ?? ours.find((entry) => hasSameMeaning(entry, wanted)))?.id;
    };
    const id = find();
    if (id !== undefined) return id;
    await this.readOn();
    return find();
  }

  /**
   * Adds what is not there yet. It resolves when all in-sync replicas have it.
   * @throws {Error} when an ID has another meaning already
   * @throws {RegistryUnavailableError} when the topic cannot be read or written: a transient error
   */
  async add(entries: readonly RegisteredSchema[]): Promise<void> {
    await this.readOn();
    for (const entry of entries) {
      const known = this.known.get(entry.id);
      if (known && !hasSameMeaning(known, entry)) throw new Error(contradiction(known, entry));
    }
    const added = new Map(entries.filter(({ id }) => !this.known.has(id)).map((entry) => [entry.id, entry]));
    if (added.size === 0) return;
    await this.append([...added.values()]);
    for (const [id, entry] of added) this.known.set(id, entry);
  }

  private async append(entries: readonly RegisteredSchema[]): Promise<void> {
    const appender = this.log.createAppender();
    try {
      const positions = await appender.append(this.topic, entries.map(entryRecord));
      if (positions.includes(undefined)) throw new Error('Kafka did not acknowledge all of them');
    } catch (error) {
      throw unavailable(`Schemas cannot be added to ${this.topic}`, error);
    } finally {
      await appender.close();
    }
  }

  private async readToEnd(): Promise<void> {
    try {
      const [bounds] = await this.log.bounds(this.topic);
      const end = bounds?.end ?? 0;
      const range = { partition: PARTITION, start: Math.max(this.next, bounds?.start ?? 0), end };
      for await (const { records } of this.log.read(this.topic, { ranges: [range] })) {
        for (const entry of records.map(entryIn)) {
          if (entry && !this.known.has(entry.id)) this.known.set(entry.id, entry);
        }
      }
      this.next = end;
    } catch (error) {
      // An installation that has not been deployed since there is a ledger: its registry is asked.
      if (error instanceof UnknownTopicError) return;
      throw unavailable(`The schemas on ${this.topic} cannot be read`, error);
    }
  }
}

function unavailable(what: string, cause: unknown): RegistryUnavailableError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RegistryUnavailableError(`${what}: ${reason}`, { cause });
}

function contradiction(known: RegisteredSchema, other: RegisteredSchema): string {
  return (
    `Schema ID ${known.id} is ${known.subject} in the ledger, and ${other.subject} in the schema registry: ` +
    'docs/schemas.md says what to do when a registry was lost.'
  );
}
