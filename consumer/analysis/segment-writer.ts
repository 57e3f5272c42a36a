import type { DuckDBConnection } from '@duckdb/node-api';
import { openSync, closeSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Column } from '../export/columns';
import type { Chunk } from '../export/formats/format';
import { createRowsSql, insertRowsSql } from './columns-sql';
import { withDatabase } from './database';

/** How many bytes of rows are written to a file before DuckDB reads it, while the next one is written. */
const SPOOL_BYTES = 67_108_864;

/**
 * Makes the file of a segment from exported rows. This is the one way of events into the cache: what the export leaves out
 * or masks never gets there.
 * @param fill writes whole lines of ndjson
 * @returns how many rows it has
 */
export async function writeSegment(
  folder: string,
  name: string,
  columns: readonly Column[],
  fill: (write: (chunk: Chunk) => Promise<void>) => Promise<void>,
): Promise<number> {
  const spools = [0, 1].map((i) => new Spool(path.join(folder, `${name}-${i}.ndjson`)));
  try {
    return await withDatabase(path.join(folder, name), async (connection) => {
      await connection.run(createRowsSql(columns));
      let loading: Promise<void> = Promise.resolve();
      const load = async () => {
        // One after the other, in their order.
        await loading;
        const full = spools[0]!;
        spools.reverse();
        loading = loadRows(connection, full, columns);
        loading.catch(() => undefined);
      };
      try {
        await fill(async (chunk) => {
          if (spools[0]!.write(chunk) >= SPOOL_BYTES) await load();
        });
        await load();
        await loading;
      } finally {
        // Where filling has failed: the database is not closed under a statement that runs.
        await loading.catch(() => undefined);
      }
      const counted = await connection.runAndReadAll('SELECT count(*)::INTEGER FROM rows');
      return counted.getRows()[0]![0] as number;
    });
  } finally {
    for (const spool of spools) spool.delete();
  }
}

async function loadRows(
  connection: DuckDBConnection,
  spool: Spool,
  columns: readonly Column[],
): Promise<void> {
  if (spool.bytes === 0) return;
  spool.close();
  await connection.run(insertRowsSql(spool.file, columns));
  spool.delete();
}

/** A file that is written, read and deleted, again and again. */
class Spool {
  bytes = 0;
  private handle: number | undefined;

  constructor(readonly file: string) {}

  /** @returns how many bytes it has now */
  write(chunk: Chunk): number {
    this.handle ??= openSync(this.file, 'w', 0o600);
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let done = 0; done < bytes.length;) done += writeSync(this.handle, bytes, done);
    return (this.bytes += bytes.length);
  }

  close(): void {
    if (this.handle !== undefined) closeSync(this.handle);
    this.handle = undefined;
  }

  delete(): void {
    this.close();
    this.bytes = 0;
    rmSync(this.file, { force: true });
  }
}
