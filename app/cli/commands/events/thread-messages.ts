import type { Filter } from '../../../../consumer/export/filter';
import type { Chunk } from '../../../../consumer/export/formats/format';
import type { Config } from '../../../config';
import type { PartitionBounds, Position } from '../../../../infra/event-log/log';

/** Formats whose rows stand by themselves, so that several threads can make them. */
export const LINES = ['ndjson', 'csv'] as const;

export type LinesFormat = (typeof LINES)[number];

/** What a thread is to do. */
export interface Share {
  readonly config: Config;
  readonly topic: string;
  readonly format: LinesFormat;
  readonly filter: Filter;
  readonly ranges: readonly PartitionBounds[];
}

/** What a thread tells. Rows are answered by `next`: so many may be on their way. */
export type FromThread =
  | { readonly kind: 'rows'; readonly chunk: Chunk }
  | { readonly kind: 'read'; readonly records: number }
  | { readonly kind: 'broken'; readonly position: Position; readonly reason: string };

export type ToThread = 'next' | 'stop';
