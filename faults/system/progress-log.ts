import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { ProgressSample } from '../history';

const INTERVAL_MS = 200;
const QUERY_TIMEOUT_MS = 1_000;

/** Samples the stored positions of all consumers, as long as Postgres answers. */
export class ProgressLog {
  readonly samples: ProgressSample[] = [];
  private stopped = false;
  private client: pg.Client | undefined;
  private readonly running: Promise<void>;

  /** @param url past any proxy that the platform is connected through */
  constructor(
    private readonly url: string,
    private readonly topics: ReadonlySet<string>,
  ) {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.running;
    await this.disconnect();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.sample();
      } catch {
        // Postgres is a victim of the faults too: the next sample connects again.
        await this.disconnect();
      }
      await delay(INTERVAL_MS);
    }
  }

  private async sample(): Promise<void> {
    this.client ??= await this.connect();
    const { rows } = await this.client.query<{
      consumer: string;
      topic: string;
      partition: number;
      next: string;
    }>('SELECT consumer, topic, partition, next_offset AS next FROM library.progress');
    const at = performance.now();
    for (const { consumer, topic, partition, next } of rows)
      if (this.topics.has(topic)) this.samples.push({ at, consumer, partition, nextOffset: Number(next) });
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}
