import type { Log, PartitionBounds, Position } from '../../infra/event-log/log';

export interface ViewFreshnessOptions {
  readonly log: Pick<Log, 'bounds'>;
  /** The topic that the view is projected from. */
  readonly topic: string;
  readonly view: { reaches(position: Position, timeoutMs: number): Promise<boolean> };
  /** How far behind the stream the view may be, in milliseconds. */
  readonly longestBehind: number;
  /** How long one question may wait for the view, in milliseconds. */
  readonly patience: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Whether a view is close enough to the end of the stream to decide on what its partitions hold together. */
export class ViewFreshness {
  private target: { readonly ends: readonly PartitionBounds[]; readonly at: number } | undefined;

  constructor(private readonly options: ViewFreshnessOptions) {}

  /**
   * Whether the view holds all that was in the stream at some moment, no longer ago than it may be behind. A view that has
   * not come to there yet is asked about the same moment the next time: it moves on, and the stream with it.
   */
  async isFresh(): Promise<boolean> {
    const { view, patience } = this.options;
    const { ends } = (this.target = await this.currentTarget());
    const reached = await Promise.all(
      ends.map(({ partition, end }) => view.reaches({ partition, offset: end - 1 }, patience)),
    );
    if (reached.includes(false) || this.isOld()) return false;
    this.target = undefined;
    return true;
  }

  private async currentTarget(): Promise<{ ends: readonly PartitionBounds[]; at: number }> {
    if (this.target && !this.isOld()) return this.target;
    // The clock first: how old the ends are must not be underestimated.
    const at = this.now();
    return { ends: await this.options.log.bounds(this.options.topic), at };
  }

  private isOld(): boolean {
    return this.target !== undefined && this.now() - this.target.at > this.options.longestBehind;
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}
