/** How many ends are remembered of a partition: an hour of them, where they are looked at every fifteen seconds. */
const MOST_SAMPLES = 240;

interface Sample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly end: number;
}

/** When the ends of partitions were seen where, so that an offset has an age without being read. */
export class EndHistory {
  private readonly samples = new Map<string, Sample[]>();

  /** Notes the end of a partition. @param now milliseconds since the epoch */
  note(partition: string, end: number, now: number): void {
    const samples = this.samples.get(partition) ?? [];
    this.samples.set(partition, samples);
    const last = samples.at(-1);
    // A topic that was made anew begins again.
    if (last && end < last.end) samples.length = 0;
    if (last?.end === end) return;
    samples.push({ time: now, end });
    if (samples.length > MOST_SAMPLES) samples.shift();
  }

  /**
   * For how long there has been a record at this offset, in seconds; 0 where there is none. As far as is known: at least for so long.
   */
  ageOf(partition: string, offset: number, now: number): number {
    const first = this.samples.get(partition)?.find(({ end }) => end > offset);
    return first ? (now - first.time) / 1_000 : 0;
  }
}
