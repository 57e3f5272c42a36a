import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withLockedDatabase } from '../../../../consumer/analysis/database';
import { dropEventCaches } from '../../../../consumer/analysis/event-cache';
import { POSTGRES_NAMES, PostgresSnapshot } from '../../../../consumer/analysis/postgres-tables';
import {
  BESIDE_BOOKS,
  checkQuery,
  QueryError,
  runQuery,
  type TablesOnDemand,
} from '../../../../consumer/analysis/query';
import { RELATIONS } from '../../../../consumer/analysis/relations';
import { DEFAULT_LOCAL_DIR, foldersOf } from '../../../local-system/settings';
import { CommandFailure, type Terminal } from '../../command';
import { withConnections, type Connections } from '../../connections';
import type { SqlOptions } from '../sql';
import { loadTopicTable, TOPIC_TABLES } from './topic-tables';

/** The tables that a query can name, with a word on each. */
export const TABLES: readonly { readonly name: string; readonly about: string }[] = [
  ...Object.entries(TOPIC_TABLES).map(([name, { about }]) => ({ name, about })),
  ...RELATIONS,
];

/** A database of DuckDB in which statements name topics and views. */
export class Session {
  private readonly tables: TablesOnDemand;
  private snapshot: PostgresSnapshot;

  private constructor(
    private readonly connection: DuckDBConnection,
    private readonly connections: Connections,
    private readonly options: SqlOptions,
    private readonly terminal: Terminal,
    /** Its files: nothing else can be reached by a statement. */
    readonly folder: string,
    private readonly caches: string,
  ) {
    this.snapshot = new PostgresSnapshot(connections.pool, folder);
    this.tables = { load: (name) => this.load(name), settled: () => this.snapshot.close() };
  }

  /** Runs an action with a session, and deletes its files. */
  static async with<T>(
    options: SqlOptions,
    terminal: Terminal,
    action: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { analysis: caches } = foldersOf({ LOCAL_DIR: process.env.LOCAL_DIR || DEFAULT_LOCAL_DIR });
    if (options.anew) dropEventCaches(caches);
    const folder = makeFolder(caches);
    try {
      return await withConnections(terminal, (connections) =>
        withLockedDatabase(folder, async (connection) => {
          for (const schema of [POSTGRES_NAMES, BESIDE_BOOKS])
            await connection.run(`CREATE SCHEMA ${schema}`);
          const interrupt = () => connection.interrupt();
          terminal.signal.addEventListener('abort', interrupt);
          try {
            return await action(new Session(connection, connections, options, terminal, folder, caches));
          } finally {
            terminal.signal.removeEventListener('abort', interrupt);
          }
        }),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /**
   * The result of a query: of its last statement, if it has several.
   * @throws {CommandFailure} with what DuckDB says against it, and the tables there are
   */
  query(sql: string): Promise<DuckDBResult | undefined> {
    return explaining(() => runQuery(this.connection, sql, this.tables));
  }

  /** Writes the rows of one statement to a file of Parquet in its folder. @returns the file */
  async writeParquet(sql: string): Promise<string> {
    const file = path.join(this.folder, 'result.parquet');
    const statement = sql.trim().replace(/[;\s]+$/, '');
    await explaining(async () => {
      await checkQuery(this.connection, statement, this.tables);
      await runQuery(
        this.connection,
        `COPY (\n${statement}\n) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`,
        this.tables,
      );
    });
    return file;
  }

  /** Ends the statement that runs. */
  interrupt(): void {
    this.connection.interrupt();
  }

  private async load(name: string): Promise<boolean> {
    const { connections, options, terminal, folder, caches } = this;
    if (name in TOPIC_TABLES) {
      await loadTopicTable(name, this.connection, {
        connections,
        terminal,
        range: options,
        caches,
        session: folder,
      });
      return true;
    }
    const relation = RELATIONS.find((one) => one.name === name);
    if (relation) await this.snapshot.load(relation, this.connection);
    return relation !== undefined;
  }
}

const SESSION = 'session-';

/** A folder for the files of this process. Those of processes that were killed are deleted. */
function makeFolder(caches: string): string {
  mkdirSync(caches, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(caches)) {
    const [, pid] = /^session-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(path.join(caches, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(path.join(caches, `${SESSION}${process.pid}-`));
  chmodSync(folder, 0o700);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function explaining<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const tables = TABLES.map(({ name }) => name).join(', ');
    throw new CommandFailure(`${error.message.trimEnd()}\n\nThe tables are ${tables}.`, { cause: error });
  }
}
