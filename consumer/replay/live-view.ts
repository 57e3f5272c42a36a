import type { Pool } from 'pg';
import type { LogBatch, Position } from '../../infra/event-log/log';
import { discardedPositions } from '../dead-letters/dead-letter-table';
import type { Rules } from '../domain/decide';
import { storedPositions, type ConsumerOfTopic } from '../projector/checkpoint';
import { RecordedRules } from '../views/availability/recorded-rules';

/** What a replay that goes on for hours has to know of the live view, as it was when it was last read. */
export class LiveView {
  private constructor(
    private readonly pool: Pool,
    private readonly of: ConsumerOfTopic,
    private readonly today: Rules,
    private positions: ReadonlyMap<number, number>,
    /** The rules of every event that the live view had reached, and the best guess at those of later ones. */
    public rules: RecordedRules,
    /** The records that were discarded, by position (`formatPosition`). The same set for ever: it only grows. */
    readonly discarded: Set<string>,
  ) {}

  /** @param today the rules of partitions of which the live view has projected nothing yet */
  static async of(pool: Pool, consumer: ConsumerOfTopic, today: Rules): Promise<LiveView> {
    return new LiveView(pool, consumer, today, ...(await read(pool, consumer, today)));
  }

  /** @throws {Error} when the database cannot be asked; what was read before is kept */
  async refresh(): Promise<void> {
    const [positions, rules, discarded] = await read(this.pool, this.of, this.today);
    this.positions = positions;
    this.rules = rules;
    for (const position of discarded) this.discarded.add(position);
  }

  /** The offset of the next record that it projects. */
  offsetOf(partition: number): number {
    return this.positions.get(partition) ?? 0;
  }

  hasReached({ partition, offset }: Position): boolean {
    return this.offsetOf(partition) > offset;
  }

  /** Whether it has projected the whole batch. */
  hasProjected({ partition, nextOffset }: LogBatch): boolean {
    return this.offsetOf(partition) >= nextOffset;
  }
}

/** Positions first: the rules of all events before them are recorded then. */
async function read(
  pool: Pool,
  of: ConsumerOfTopic,
  today: Rules,
): Promise<[Map<number, number>, RecordedRules, Set<string>]> {
  const positions = await storedPositions(pool, of);
  return [positions, await RecordedRules.load(pool, today), await discardedPositions(pool, of)];
}
