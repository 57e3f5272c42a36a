import type { EventRow } from '../row';

/** A format of rows. The caller calls `head`, then `rows` any number of times, then `tail`. */
export interface Format {
  /** The bytes or text before the first row; undefined: nothing. */
  head(): Chunk | undefined;
  /** The rows, in order. They may be buffered until there are enough of them. */
  rows(rows: readonly EventRow[]): Chunk | undefined;
  /** The rest, after the last row. */
  tail(): Chunk | undefined;
}

/** Text is UTF-8 where it is written. */
export type Chunk = string | Uint8Array;
