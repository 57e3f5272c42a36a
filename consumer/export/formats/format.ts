import type { EventRow } from '../row';

/** A way to write rows. Whoever writes calls `head`, then `rows` any number of times, then `tail`. */
export interface Format {
  /** What stands before the first row; undefined: nothing. */
  head(): Chunk | undefined;
  /** The rows, in order. They may be kept until there are enough of them. */
  rows(rows: readonly EventRow[]): Chunk | undefined;
  /** What is left after the last row. */
  tail(): Chunk | undefined;
}

/** Text is UTF-8 where it is written. */
export type Chunk = string | Uint8Array;
