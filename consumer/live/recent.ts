import type { PartitionBounds, Position } from '../../infra/event-log/log';
import { matches, type Filter, type Frame } from './frame';
import { mergeSorted } from './merge';

/** For some partitions, the offset of the next record that is wanted. */
export type Places = ReadonlyMap<number, number>;

interface Stretch {
  /** Every outcome from here … */
  start: number;
  /** … up to here is in `frames`. */
  next: number;
  bytes: number;
  frames: Frame[];
}

/** The newest outcomes of each partition, so that who was away for a moment costs no reading. */
export class Recent {
  private readonly stretches = new Map<number, Stretch>();

  /** @param maxBytes how much is kept of each partition */
  constructor(private readonly maxBytes: number) {}

  /** @param starts where each partition's stretch begins */
  begin(starts: Places): void {
    for (const [partition, start] of starts) this.restart(partition, start);
  }

  /** Takes the frames of consecutive records. A gap before them (a topic made anew) makes what is here void. */
  add({ partition, start, end }: PartitionBounds, frames: readonly Frame[]): void {
    const known = this.stretches.get(partition);
    const stretch = known?.next === start ? known : this.restart(partition, start);
    for (const frame of frames) {
      stretch.frames.push(frame);
      stretch.bytes += frame.bytes.length;
    }
    stretch.next = end;
    this.trim(stretch);
  }

  /** Up to where outcomes have been taken: the offset after the newest. */
  next(partition: number): number {
    return this.stretches.get(partition)?.next ?? 0;
  }

  /** The first offset that is still here. */
  start(partition: number): number {
    return this.stretches.get(partition)?.start ?? 0;
  }

  /** When the record at this position was appended, if it is still here. */
  timestampAt({ partition, offset }: Position): number | undefined {
    return this.stretches.get(partition)?.frames.find((frame) => frame.offset === offset)?.timestamp;
  }

  /**
   * The offset from which on all records have to be looked at to miss none that was appended at `time` or later;
   * undefined where that may be before what is still here.
   */
  placeAt(partition: number, time: number): number | undefined {
    const stretch = this.stretches.get(partition);
    if (!stretch) return undefined;
    const { frames, start, next } = stretch;
    const found = frames.findIndex(({ timestamp }) => timestamp >= time);
    if (found === 0 || frames.length === 0) return start === 0 ? 0 : undefined;
    return found > 0 ? frames[found]!.offset : next;
  }

  covers(places: Places): boolean {
    return [...places].every(([partition, offset]) => offset >= this.start(partition));
  }

  /** What is here of the partitions from these places on, in the order in which it was appended. */
  since(places: Places, filter: Filter): Frame[] {
    const parts = [...places].map(([partition, place]) =>
      (this.stretches.get(partition)?.frames ?? []).filter(
        (frame) => frame.offset >= place && matches(frame, filter),
      ),
    );
    return mergeSorted(parts);
  }

  private restart(partition: number, start: number): Stretch {
    const stretch: Stretch = { start, next: start, bytes: 0, frames: [] };
    this.stretches.set(partition, stretch);
    return stretch;
  }

  private trim(stretch: Stretch): void {
    let gone = 0;
    while (stretch.bytes > this.maxBytes && gone < stretch.frames.length) {
      const { bytes, offset } = stretch.frames[gone]!;
      stretch.bytes -= bytes.length;
      stretch.start = offset + 1;
      gone += 1;
    }
    if (gone > 0) stretch.frames.splice(0, gone);
  }
}
