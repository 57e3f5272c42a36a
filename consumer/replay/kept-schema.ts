import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { escapeIdentifier, type Pool } from 'pg';
import type { PartitionBounds } from '../../infra/event-log/log';
import type { Migration } from '../prisma/migrate';
import type { ConsumerOfTopic, StreamIdentity } from '../projector/checkpoint';
import { countOf } from './replay';
import { createScratch, type ScratchSources } from './scratch';

/** What a rebuilt view was made from and by: with any other it could not be continued. */
export interface Origin {
  readonly topic: string;
  readonly cluster: string;
  /** Undefined where Kafka has no IDs of topics. */
  readonly topicId: string | undefined;
  readonly migrations: string;
  readonly code: string;
}

/** The beginning of the comment on the schema of a rebuild; the origin follows as JSON. */
const MARK = 'library rebuild ';

/** Why work is not continued, by the part of its origin that is another now. */
const BECAUSE: Readonly<Record<keyof Origin, string>> = {
  topic: 'it was read from another topic',
  cluster: 'it was read from another Kafka cluster',
  topicId: 'the topic was deleted and made anew since',
  migrations: 'the tables have changed since',
  code: 'it was made by another version of the program',
};

export async function originOf(
  topic: string,
  stream: StreamIdentity,
  migrations: readonly Migration[],
): Promise<Origin> {
  const [cluster, topicId] = await Promise.all([stream.identity(), stream.topicId(topic)]);
  const digest = createHash('sha256').update(migrations.map(({ checksum }) => checksum).join('\n'));
  return { topic, cluster, topicId, migrations: digest.digest('hex'), code: codeVersion() };
}

/** Why what was made from one origin cannot be continued from another; undefined: it can. @param comment on its schema */
export function whyNot(comment: string | null, origin: Origin): string | undefined {
  if (!comment?.startsWith(MARK)) return 'it is not known what it was made from';
  const made = JSON.parse(comment.slice(MARK.length)) as Partial<Origin>;
  const other = (Object.keys(BECAUSE) as (keyof Origin)[]).find((part) => made[part] !== origin[part]);
  return other && BECAUSE[other];
}

export interface OpenOptions {
  readonly schema: string;
  readonly consumer: ConsumerOfTopic;
  readonly origin: Origin;
  /** The range of each partition that is to be read. */
  readonly wanted: readonly PartitionBounds[];
  /** Whether what is there is dropped in any case. */
  readonly anew: boolean;
  report(sentence: string): void;
}

/**
 * Opens the schema of a rebuild: the one that an interrupted rebuild has left, if it can be continued, else a new one.
 * @returns how many records it holds already
 */
export async function openSchema(sources: ScratchSources, options: OpenOptions): Promise<number> {
  const { schema, consumer, origin, wanted, anew, report } = options;
  const { rows } = await sources.pool.query<{ comment: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace WHERE nspname = $1`,
    [schema],
  );
  const [found] = rows;
  if (found && !anew) {
    const why = whyNot(found.comment, origin);
    const kept = why ?? usable(await positionsIn(sources.pool, schema, consumer), wanted);
    if (typeof kept === 'number') {
      report(`It goes on with the ${kept.toLocaleString('en')} records that are in the schema ${schema}.`);
      return kept;
    }
    report(`It starts anew, without what is in the schema ${schema}: ${kept}.`);
  }
  await createScratch(sources, schema, MARK + JSON.stringify(origin));
  return 0;
}

/** Where a rebuilt view stands, by partition. */
async function positionsIn(
  pool: Pool,
  schema: string,
  { consumer, topic }: ConsumerOfTopic,
): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ partition: number; next_offset: string }>(
    `SELECT partition, next_offset FROM ${escapeIdentifier(schema)}.progress WHERE consumer = $1 AND topic = $2`,
    [consumer, topic],
  );
  return new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
}

/** How many records a rebuilt view holds of those that are wanted; or why it is of no use. */
function usable(positions: ReadonlyMap<number, number>, wanted: readonly PartitionBounds[]): number | string {
  if ([...positions.values()].every((next) => next === 0)) return 'it is empty';
  if (wanted.some(({ partition, end }) => (positions.get(partition) ?? 0) > end))
    return 'it has read further than what is wanted now';
  return countOf(wanted.map((range) => ({ ...range, end: positions.get(range.partition) ?? range.start })));
}

/** A hash of the code that decides what is in a view. Half of a view is not made by one version and half by another. */
function codeVersion(): string {
  const root = path.join(__dirname, '../..');
  const hash = createHash('sha256');
  for (const folder of ['consumer', 'schemas']) {
    const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /\.[jt]s$/.test(name)).sort())
      hash.update(file).update(readFileSync(path.join(root, folder, file)));
  }
  return hash.digest('hex');
}
