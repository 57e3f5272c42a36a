import type { DuckDBConnection } from '@duckdb/node-api';
import path from 'node:path';
import { identifier, literal, SHOWN } from '../../../../consumer/analysis/columns-sql';
import { BESIDE_BOOKS } from '../../../../consumer/analysis/query';
import { EventCache } from '../../../../consumer/analysis/event-cache';
import { writeSegment } from '../../../../consumer/analysis/segment-writer';
import { fits, planReading, type Segment } from '../../../../consumer/analysis/segments';
import { exportEvents } from '../../../../consumer/export/export';
import { formatOf } from '../../../../consumer/export/formats/formats';
import type { Chunk } from '../../../../consumer/export/formats/format';
import { resolveRanges, sizeOf } from '../../../../consumer/export/ranges';
import type { EventSource } from '../../../../consumer/export/source';
import type { PartitionBounds } from '../../../../infra/event-log/log';
import { tryLock } from '../../../../infra/local/supervisor/lock';
import { showProgress } from '../../../terminal/progress';
import type { Terminal } from '../../command';
import type { Connections } from '../../connections';
import { SkippedRecords } from '../events/skipped-records';
import { exportInThreads, threadsFor } from '../events/threads';
import { sourceOf, type TopicName } from '../events/topics';
import type { SqlOptions } from '../sql';

/** The tables over topics. */
export const TOPIC_TABLES: Readonly<Record<string, { readonly topic: TopicName; readonly about: string }>> = {
  events: { topic: 'reservations', about: 'what people and the library did: every event, refused ones too' },
  outcomes: { topic: 'outcomes', about: 'what became of it: one row for each change of a reservation' },
  dead_letters: { topic: 'dead-letters', about: 'records that a view could not apply' },
};

/** Fewer rows are not worth a file in the cache: they are read again the next time. */
const WORTH_KEEPING = 1_000;

export interface TopicTableOptions {
  readonly terminal: Terminal;
  readonly connections: Connections;
  readonly range: Pick<SqlOptions, 'from' | 'to'>;
  /** The folder of all caches, and that of this session. */
  readonly caches: string;
  readonly session: string;
}

/** Makes the table of a topic: a view over what the cache holds and what was appended since. */
export async function loadTopicTable(
  name: string,
  connection: DuckDBConnection,
  options: TopicTableOptions,
): Promise<void> {
  const { connections, session, range } = options;
  const { log, forgotten } = connections;
  await forgotten.refresh();
  const source = sourceOf(TOPIC_TABLES[name]!.topic, connections)!;
  const { topic, columns } = source;
  const [cluster, topicId] = await Promise.all([log.identity(), log.topicId(topic)]);
  const wanted = await resolveRanges(log, topic, { ...range, follow: false });
  const bounds = await log.bounds(topic);
  const cache = new EventCache(options.caches, {
    ...{ topic, cluster, topicId, columns },
    forgotten: forgotten.version,
  });
  const lock = isUpToDate(cache, bounds, wanted) ? undefined : tryLock(cache.lockFile);
  try {
    if (lock) cache.deleteOlder();
    if (lock && !fits(cache.segments(), bounds)) cache.clear();
    const cached = cache.link(session);
    const usable = fits(cached, bounds) ? cached : [];
    const { missing, continues } = planReading(usable, bounds, wanted);
    const added = missing.length === 0 ? [] : [await readSegment(name, source, missing, options)];
    await createView(name, connection, [...usable, ...added], wanted, session);
    const [segment] = added;
    if (lock && continues && segment && segment.rows >= WORTH_KEEPING) await cache.add(segment, session);
  } finally {
    lock?.release();
  }
}

function isUpToDate(
  cache: EventCache,
  bounds: readonly PartitionBounds[],
  wanted: readonly PartitionBounds[],
): boolean {
  const segments = cache.segments();
  return fits(segments, bounds) && planReading(segments, bounds, wanted).missing.length === 0;
}

async function readSegment(
  name: string,
  source: EventSource,
  ranges: readonly PartitionBounds[],
  options: TopicTableOptions,
): Promise<Segment> {
  const { session, connections, terminal } = options;
  const { log, config } = connections;
  const { signal, stderr } = terminal;
  const skipped = new SkippedRecords(stderr);
  const records = sizeOf(ranges);
  const progress = records < WORTH_KEEPING ? undefined : showProgress(`Reading ${name}`, records, stderr);
  const shared = {
    ...{ ranges, filter: {}, signal },
    format: formatOf('ndjson', source),
    onRead: (count: number) => progress?.step(count),
    onBroken: skipped.report.bind(skipped),
  };
  const threads = threadsFor({ format: 'ndjson' }, ranges);
  const file = `${name}-new.duckdb`;
  try {
    const rows = await writeSegment(
      session,
      file,
      source.columns,
      async (write: (chunk: Chunk) => Promise<void>) => {
        if (threads === 1) await exportEvents({ ...shared, write, log, source, limit: Infinity });
        else
          await exportInThreads({ ...shared, write, config, threads, topic: source.topic, name: 'ndjson' });
        // What was interrupted is not a whole range.
        signal.throwIfAborted();
      },
    );
    return { file, rows, skipped: skipped.count, ranges };
  } finally {
    progress?.stop();
    skipped.summarise();
  }
}

/** The rows of the segments that are in the wanted ranges, as a table of the query. */
async function createView(
  name: string,
  connection: DuckDBConnection,
  segments: readonly Segment[],
  wanted: readonly PartitionBounds[],
  session: string,
): Promise<void> {
  const tables: string[] = [];
  for (const [i, { file }] of segments.entries()) {
    const database = identifier(`${name}_${i}`);
    await connection.run(`ATTACH ${literal(path.join(session, file))} AS ${database} (READ_ONLY)`);
    tables.push(`SELECT * FROM ${database}.rows`);
  }
  const bounded = wanted.map(({ start, end }) => ({ start, end }));
  const list = (of: 'start' | 'end') => `([${bounded.map((range) => range[of]).join(', ')}]::BIGINT[])`;
  await connection.run(
    `CREATE VIEW main.${identifier(name)} AS SELECT ${SHOWN} FROM (${tables.join(' UNION ALL ')})
      WHERE "offset" >= ${list('start')}[partition + 1] AND "offset" < ${list('end')}[partition + 1]`,
  );
  if (name === 'events')
    await connection.run(
      `CREATE VIEW ${BESIDE_BOOKS}.events AS SELECT * EXCLUDE (title, authors, isbn, "year") FROM main.events`,
    );
}
