import type { Pool, PoolClient } from 'pg';
import type { Position } from '../../infra/event-log/log';

const LOOK_EVERY_MS = 200;

/** Where the live consumer stands, by partition: the offset of its next record. */
export async function livePositions(
  database: Pool | PoolClient,
  consumer: string,
  topic: string,
): Promise<Map<number, number>> {
  const { rows } = await database.query<{ partition: number; next_offset: string }>(
    'SELECT partition, next_offset FROM library.progress WHERE consumer = $1 AND topic = $2',
    [consumer, topic],
  );
  return new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
}

/** How far the live consumer has come, as of a moment ago. It may be further by now, never less far. */
export class LivePositions {
  private readonly next = new Map<number, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly consumer: string,
    private readonly topic: string,
  ) {}

  /** Looks, and from then on again and again until it is closed. */
  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Whether the live consumer has stored what the event at this position came to. */
  holds({ partition, offset }: Position): boolean {
    return offset < (this.next.get(partition) ?? 0);
  }

  private async look(): Promise<void> {
    for (const [partition, next] of await livePositions(this.pool, this.consumer, this.topic))
      this.next.set(partition, next);
  }
}
