import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { v4 as uuidv4 } from 'uuid';
import { withDatabase } from '../../consumer/analysis/database';
import { projectRoot } from '../../infra/local/run';
import { event, type TestEnvironment } from '../environment';
import { javaWithJars } from './java';
import { python, runPython } from './python';

type Row = readonly [eventId: string, type: string, bookId: string, userId: string];

/** A program of `examples/` that keeps the outcomes in a file. */
export interface ExampleConsumer {
  command(): Promise<readonly string[]>;
  /** What it has stored. It must not run meanwhile. */
  rowsOf(file: string): Promise<Row[]>;
}

const inRoot = (file: string) => path.join(projectRoot(), file);
const ROWS = 'SELECT event_id, type, book_id, user_id FROM outcomes';

async function rowsInSqlite(file: string): Promise<Row[]> {
  const script = `import json, sqlite3, sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute("${ROWS}").fetchall()))`;
  const [line = ''] = await runPython(['-c', script, file]);
  return JSON.parse(line) as Row[];
}

/** With the language that each is in. */
export const CONSUMERS: readonly (readonly [language: string, ExampleConsumer])[] = [
  [
    'Python',
    {
      command: async () => [await python(), inRoot('examples/consumer.py')],
      rowsOf: rowsInSqlite,
    },
  ],
  [
    'TypeScript',
    {
      command: () => Promise.resolve([process.execPath, inRoot('dist/examples/consumer.js')]),
      rowsOf: (file) =>
        withDatabase(file, async (connection) => {
          const reader = await connection.runAndReadAll(ROWS);
          return reader.getRowsJson() as unknown as Row[];
        }),
    },
  ],
  [
    'Java',
    {
      async command() {
        const { java, jars } = await javaWithJars('examples/java/pom.xml', 'The consumer in Java');
        return [java, '-Xmx200m', '-cp', `${jars}/*`, inRoot('examples/java/Consumer.java')];
      },
      rowsOf: rowsInSqlite,
    },
  ],
];

/** What a consumer says of an outcome that it has stored: position, type and book. */
type Line = readonly [position: string, type: string, bookId: string];

/** A running consumer. */
class Running {
  readonly said: Line[] = [];
  private readonly child: ChildProcess;
  private readonly failed: Promise<never>;
  private look = () => {};

  constructor([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface(this.child.stdout!).on('line', (line) => {
      this.said.push(line.split(' ') as unknown as Line);
      this.look();
    });
    let errors = '';
    this.child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    this.failed = once(this.child, 'close').then(() => Promise.reject(new Error(`it has ended: ${errors}`)));
    this.failed.catch(() => undefined);
  }

  /** Resolves when it has said enough. @throws {Error} with its last words, when it ends before */
  until(isEnough: () => boolean): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.look = () => isEnough() && resolve();
      this.look();
    });
    return Promise.race([enough, this.failed]);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.failed.catch(() => undefined);
  }
}

export interface Kept {
  /** Type and user of each outcome that was kept, by the book. */
  readonly byBook: ReadonlyMap<string, readonly string[]>;
  /** Positions that the second consumer has read although the first had stored them. */
  readonly readAgain: readonly string[];
}

/** Kills the consumer among the outcomes of new books, starts it again, and resolves with what it has kept of them. */
export async function killedAndStarted(
  environment: TestEnvironment,
  consumer: ExampleConsumer,
): Promise<Kept> {
  const books = Array.from({ length: 30 }, () => `kept-${uuidv4()}`);
  const reserve = (some: readonly string[]) => environment.append(some.flatMap(eventsOf));
  const folder = mkdtempSync(path.join(tmpdir(), 'consumer-'));
  const file = path.join(folder, 'outcomes');
  const command = [...(await consumer.command()), file];
  const { env, topics } = environment;
  const start = () =>
    new Running(command, { ...env, TOPIC: topics.outcomes, GROUP: uuidv4(), PATH: process.env['PATH'] });
  try {
    await reserve(books.slice(0, 20));
    const first = start();
    await first.until(() => first.said.length >= 25);
    await first.kill();
    await reserve(books.slice(20));
    const second = start();
    const ours = () => [...first.said, ...second.said].filter(([, , bookId]) => books.includes(bookId));
    await second.until(() => ours().length >= 2 * books.length);
    await second.kill();
    const rows = await consumer.rowsOf(file);
    const told = new Set(first.said.map(([position]) => position));
    return {
      byBook: new Map(
        books.map((book) => [
          book,
          rows
            .filter((row) => row[2] === book)
            .map(whatAndWho)
            .sort(),
        ]),
      ),
      readAgain: second.said.map(([position]) => position).filter((position) => told.has(position)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const whatAndWho = ([, type, , userId]: Row) => `${type} ${userId}`;

const eventsOf = (bookId: string) => [
  event('BookCatalogued', { bookId, title: 'Emma', authors: [], isbn: null, year: null }),
  event('CopyAdded', { bookId, copyId: 'c1' }),
  event('BookReserved', { bookId, reservationId: uuidv4(), userId: 'ann' }),
  event('BookReserved', { bookId, reservationId: uuidv4(), userId: 'bob' }),
];
