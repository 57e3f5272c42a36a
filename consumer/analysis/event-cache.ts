import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Column } from '../export/columns';
import { columnTypes, identifier, literal } from './columns-sql';
import { withDatabase } from './database';
import { joinedRanges, mergeable, type Segment } from './segments';

/** Another number where files of an older version could not be read, or would be wrong. */
const VERSION = 2;
const MANIFEST = 'segments.json';

/** The stream that a cache is of. A topic that was made anew, or is on another cluster, is another one. */
export interface CachedStream {
  readonly topic: string;
  readonly cluster: string;
  /** Undefined where Kafka has no IDs of topics. */
  readonly topicId: string | undefined;
  /** Those of its events' own: with other columns its rows are read anew. */
  readonly columns: readonly Column[];
  /** Changes when somebody is forgotten: what was cached before may name them. */
  readonly forgotten: number;
}

/**
 * Deletes all that was cached of any topic. Sessions that run keep what they have opened, until they end.
 * @param folder that of the caches
 */
export function dropEventCaches(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The rows of a topic in a folder of their own: a list of files that never change, one after the other. */
export class EventCache {
  private readonly folder: string;

  /** @param caches the folder of all caches */
  constructor(
    private readonly caches: string,
    private readonly stream: CachedStream,
  ) {
    this.folder = path.join(caches, `${stream.topic}-${digestOf(stream)}`);
  }

  /** Held by whoever adds to the cache: see `tryLock`. */
  get lockFile(): string {
    return `${this.folder}.lock`;
  }

  /** The segments as they are now. */
  segments(): readonly Segment[] {
    try {
      return JSON.parse(readFileSync(path.join(this.folder, MANIFEST), 'utf8')) as Segment[];
    } catch {
      return [];
    }
  }

  /**
   * Opens the segments for a session: under its own names they stay, whatever becomes of the cache.
   * @returns the segments, with the names of their files in the folder of the session
   */
  link(session: string): readonly Segment[] {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      try {
        return this.segments().map((segment) => {
          const file = `${path.basename(this.folder)}-${segment.file}`;
          linkSync(path.join(this.folder, segment.file), path.join(session, file));
          return { ...segment, file };
        });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Merged or dropped meanwhile: the list is another one now. A name that is there is of the attempt before.
        if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
        for (const file of readdirSync(session).filter((name) => name.startsWith(path.basename(this.folder))))
          rmSync(path.join(session, file), { force: true });
      }
    }
    return [];
  }

  /** Adds a segment, which follows those that are there. Only by the holder of the lock. */
  async add(segment: Segment, session: string): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const file = this.nextFile();
    linkSync(path.join(session, segment.file), path.join(this.folder, file));
    chmodSync(path.join(this.folder, file), 0o400);
    this.store([...this.segments(), { ...segment, file }]);
    await this.merge();
    this.deleteUnused();
  }

  /** Forgets what it holds, which the topic does not have. Only by the holder of the lock. */
  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async merge(): Promise<void> {
    const segments = this.segments();
    const small = mergeable(segments);
    if (small.length === 0) return;
    const file = this.nextFile();
    const columns = columnTypes(this.stream.columns)
      .map(([name]) => identifier(name))
      .join(', ');
    await withDatabase(path.join(this.folder, file), async (connection) => {
      for (const [i, { file: from }] of small.entries()) {
        await connection.run(`ATTACH ${literal(path.join(this.folder, from))} AS s${i} (READ_ONLY)`);
        await connection.run(
          i === 0
            ? `CREATE TABLE rows AS SELECT ${columns} FROM s0.rows`
            : `INSERT INTO rows SELECT ${columns} FROM s${i}.rows`,
        );
      }
    });
    chmodSync(path.join(this.folder, file), 0o400);
    const sum = (of: (segment: Segment) => number) =>
      small.reduce((total, segment) => total + of(segment), 0);
    const merged = {
      file,
      rows: sum(({ rows }) => rows),
      skipped: sum(({ skipped }) => skipped),
      ranges: joinedRanges(small),
    };
    this.store([...segments.slice(0, -small.length), merged]);
  }

  private store(segments: readonly Segment[]): void {
    const partial = path.join(this.folder, `${MANIFEST}.partial`);
    writeFileSync(partial, JSON.stringify(segments));
    renameSync(partial, path.join(this.folder, MANIFEST));
  }

  private deleteUnused(): void {
    const used = new Set([MANIFEST, ...this.segments().map(({ file }) => file)]);
    for (const name of readdirSync(this.folder))
      if (!used.has(name)) rmSync(path.join(this.folder, name), { force: true });
  }

  /** Deletes the caches of the same topic as it was before. Only by the holder of the lock. */
  deleteOlder(): void {
    const others = (name: string) => /^-[0-9a-f]{16}$/.test(name.slice(this.stream.topic.length));
    for (const name of readdirSync(this.caches))
      if (name.startsWith(this.stream.topic) && others(name) && name !== path.basename(this.folder))
        rmSync(path.join(this.caches, name), { recursive: true, force: true });
  }

  private nextFile(): string {
    const numbers = this.segments().map(({ file }) => parseInt(file, 10));
    return `${Math.max(0, ...numbers) + 1}.duckdb`;
  }
}

function digestOf({ topic, cluster, topicId, columns, forgotten }: CachedStream): string {
  const of = JSON.stringify([VERSION, topic, cluster, topicId ?? null, columns, forgotten]);
  return createHash('sha256').update(of).digest('hex').slice(0, 16);
}
