/** For how many batches of a partition repeated events are looked up, after the last one. */
const WARY_FOR = 20;

/**
 * Repeated events are rare. Finding them costs a lookup in a large index for each event. So a batch is first projected as if there
 * were none. If there are, a unique key refuses the batch, nothing is stored, and it is projected again with the lookup. Where there
 * was a repeated event there are more: for a while they are looked up at once.
 */
export class Repeats {
  /** For how many more batches of a partition repeated events are looked up. */
  private readonly wary = new Map<number, number>();

  /** @param keys the names of the unique keys that refuse what was there before */
  constructor(private readonly keys: readonly string[]) {}

  /**
   * @param attempt projects the batch and returns how many of its events were repeated ones, as far as that is looked up.
   *   `refused`: it was refused before, for what any of the keys holds
   */
  async project(
    partition: number,
    attempt: (lookUp: boolean, refused: boolean) => Promise<number>,
  ): Promise<void> {
    const wary = this.wary.get(partition) ?? 0;
    try {
      const repeats = await attempt(wary > 0, false);
      if (wary > 0) this.wary.set(partition, repeats > 0 ? WARY_FOR : wary - 1);
    } catch (error) {
      if (!this.keys.includes(constraintOf(error))) throw error;
      const repeats = await attempt(true, true);
      if (repeats > 0) this.wary.set(partition, WARY_FOR);
    }
  }
}

/** The name of the constraint that the database has refused a statement for; empty for other errors. */
function constraintOf(error: unknown): string {
  return String((error as { constraint?: unknown } | null)?.constraint ?? '');
}
