import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Position } from '../infra/event-log/log';

interface Move {
  readonly next: number;
  readonly at: number;
}

const LOOK_EVERY_MS = 2;

/** Notes when a consumer's stored positions move: what lies before them is in its tables. */
export class ProgressSamples {
  private readonly moves = new Map<number, Move[]>();
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly database: pg.Client,
    private readonly consumer: string,
  ) {}

  static async watch(databaseUrl: string, consumer: string): Promise<ProgressSamples> {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    const moves = new ProgressSamples(database, consumer);
    moves.running = moves.run();
    return moves;
  }

  /** When a query first found this position stored, in milliseconds since the epoch; undefined when none has yet. */
  storedAt({ partition, offset }: Position): number | undefined {
    return this.moves.get(partition)?.find(({ next }) => next > offset)?.at;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await this.database.end();
  }

  private async run(): Promise<void> {
    const query = {
      name: 'moves',
      text: 'SELECT partition, next_offset FROM library.progress WHERE consumer = $1',
      values: [this.consumer],
    };
    while (!this.stopped) {
      const { rows } = await this.database.query<{ partition: number; next_offset: string }>(query);
      const at = Date.now();
      for (const { partition, next_offset } of rows) this.note(partition, Number(next_offset), at);
      await delay(LOOK_EVERY_MS);
    }
  }

  private note(partition: number, next: number, at: number): void {
    const moves = this.moves.get(partition) ?? [];
    this.moves.set(partition, moves);
    if (next !== moves.at(-1)?.next) moves.push({ next, at });
  }
}
