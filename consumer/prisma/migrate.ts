import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';

/** The number of the advisory lock of all migrations. Prisma's own commands use the same one. */
const MIGRATION_LOCK = 72707369;

/**
 * Prisma's table of migrations, exactly as Prisma creates it, so that `prisma migrate status` agrees. Named with its schema:
 * the default search_path would begin with our schema for a user of the same name.
 */
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS public._prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The migrations of a folder in Prisma's layout (`<name>/migration.sql`), oldest first. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * The migrations of this project, oldest first. They are SQL files and are not compiled: the build in `dist/` reads them
 * from the sources.
 * @throws {Error} when the folder is missing
 */
export function migrations(): Migration[] {
  const candidates = ['migrations', '../../../consumer/prisma/migrations'].map((path) =>
    join(__dirname, path),
  );
  const folder = candidates.find((candidate) => existsSync(candidate));
  if (!folder) throw new Error(`The migrations are missing: ${candidates.join(' or ')} should be there`);
  return readMigrations(folder);
}

/**
 * Applies the migrations that the database lacks: each in a transaction of its own, together with its entry in Prisma's
 * table. Safe to run concurrently, and to repeat.
 *
 * `prisma migrate deploy` does the same where it can download its engine; this needs nothing but pg.
 * @returns the names of the migrations that were applied now
 * @throws {Error} when an applied migration was changed since, or is not among the given ones
 */
export async function migrate(databaseUrl: string, migrations: readonly Migration[]): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const applied = await appliedMigrations(client);
    assertUnchanged(migrations, applied);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function appliedMigrations(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM public._prisma_migrations WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

function assertUnchanged(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new Error(
        `The database has the migration ${name}, which this version doesn't know: it belongs to a newer one.`,
      );
    }
    if (known.get(name) !== checksum) {
      throw new Error(
        `The migration ${name} was changed after it had been applied. Restore it and write a new one.`,
      );
    }
  }
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO public._prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, now(), $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`The migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
