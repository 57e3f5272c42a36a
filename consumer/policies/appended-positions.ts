import type { Position } from '../../infra/event-log/log';

/** Up to where a policy has appended, by partition: nothing is decided about a partition before the view has come to there. */
export class AppendedPositions {
  /** @param next the offset after the last record that may be a decision of an earlier leader, by partition */
  constructor(private readonly next: Map<number, number>) {}

  add({ partition, offset }: Position): void {
    this.next.set(partition, Math.max(offset + 1, this.next.get(partition) ?? 0));
  }

  /** The partitions in which a view that stands there holds all that was appended. */
  passedBy(stored: ReadonlyMap<number, number>): number[] {
    return [...stored.keys()].filter(
      (partition) => stored.get(partition)! >= (this.next.get(partition) ?? 0),
    );
  }
}
