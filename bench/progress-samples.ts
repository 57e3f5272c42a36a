import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Position } from '../infra/event-log/log';

interface Sample {
  readonly next: number;
  readonly at: number;
}

const POLL_MS = 2;

/** Samples the checkpoints of a consumer: the effects of all records before a checkpoint are in its tables. */
export class ProgressSamples {
  private readonly samples = new Map<number, Sample[]>();
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly database: pg.Client,
    private readonly consumer: string,
  ) {}

  static async watch(databaseUrl: string, consumer: string): Promise<ProgressSamples> {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    const samples = new ProgressSamples(database, consumer);
    samples.running = samples.run();
    return samples;
  }

  /** When a sample first had this position behind its checkpoint, in milliseconds since the epoch; undefined if none has yet. */
  storedAt({ partition, offset }: Position): number | undefined {
    return this.samples.get(partition)?.find(({ next }) => next > offset)?.at;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await this.database.end();
  }

  private async run(): Promise<void> {
    const query = {
      name: 'samples',
      text: 'SELECT partition, next_offset FROM library.progress WHERE consumer = $1',
      values: [this.consumer],
    };
    while (!this.stopped) {
      const { rows } = await this.database.query<{ partition: number; next_offset: string }>(query);
      const at = Date.now();
      for (const { partition, next_offset } of rows) this.note(partition, Number(next_offset), at);
      await delay(POLL_MS);
    }
  }

  private note(partition: number, next: number, at: number): void {
    const samples = this.samples.get(partition) ?? [];
    this.samples.set(partition, samples);
    if (next !== samples.at(-1)?.next) samples.push({ next, at });
  }
}
