/** How many seconds the chart shows. */
export const SECONDS = 120;

/** What came again after a broken connection is known for so many outcomes. */
const REMEMBERED = 100_000;

/** How many things of each type came in each of the last seconds. */
export class Counts<Type extends string> {
  private readonly bySecond = new Map<number, Map<Type, number>>();
  private readonly seen = new Set<string>();

  constructor(private readonly types: readonly Type[]) {}

  /**
   * @param eventId what came a second time is not counted again
   * @param now milliseconds
   */
  add(type: Type, eventId: string, now: number): void {
    if (this.seen.has(eventId)) return;
    if (this.seen.size >= REMEMBERED) this.seen.clear();
    this.seen.add(eventId);
    const second = Math.floor(now / 1_000);
    const counts = this.bySecond.get(second) ?? new Map<Type, number>();
    counts.set(type, (counts.get(type) ?? 0) + 1);
    this.bySecond.set(second, counts);
  }

  /**
   * The last whole seconds, the oldest first: their numbers, then for each type how many came in each of them.
   * @param now milliseconds
   */
  columns(now: number): number[][] {
    const end = Math.floor(now / 1_000);
    for (const second of this.bySecond.keys()) if (second < end - SECONDS) this.bySecond.delete(second);
    const seconds = Array.from({ length: SECONDS }, (_, i) => end - SECONDS + i);
    return [
      seconds,
      ...this.types.map((type) => seconds.map((second) => this.bySecond.get(second)?.get(type) ?? 0)),
    ];
  }
}
