import type { EventSource } from '../source';
import { csv } from './csv';
import type { Format } from './format';
import { ndjson } from './ndjson';
import { parquet } from './parquet';
import { table } from './table';

export const FORMATS = ['ndjson', 'csv', 'parquet', 'table'] as const;

export type FormatName = (typeof FORMATS)[number];

/** @param width the longest line of a table; Infinity: no limit */
export function formatOf(name: FormatName, source: EventSource, width = Infinity): Format {
  switch (name) {
    case 'ndjson':
      return ndjson(source);
    case 'csv':
      return csv(source);
    case 'parquet':
      return parquet(source);
    case 'table':
      return table(source, width);
  }
}
