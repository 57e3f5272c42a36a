import type { Filter } from '../../../../consumer/export/filter';
import type { Chunk } from '../../../../consumer/export/formats/format';
import type { Config } from '../../../config';
import type { PartitionBounds, Position } from '../../../../infra/event-log/log';

/** Formats whose rows do not depend on each other, so that several threads can format them. */
export const LINES = ['ndjson', 'csv'] as const;

export type LinesFormat = (typeof LINES)[number];

/** The work of one thread: its share of the partitions. */
export interface Share {
  readonly config: Config;
  readonly topic: string;
  readonly format: LinesFormat;
  readonly filter: Filter;
  readonly ranges: readonly PartitionBounds[];
}

/** Messages of a thread. Each `rows` is answered by `next`: this limits how many chunks are in flight. */
export type FromThread =
  | { readonly kind: 'rows'; readonly chunk: Chunk }
  | { readonly kind: 'read'; readonly records: number }
  | { readonly kind: 'skipped'; readonly position: Position; readonly reason: string };

/** Messages to a thread: it may send one chunk more, or is to end. */
export type ToThread = 'next' | 'stop';
