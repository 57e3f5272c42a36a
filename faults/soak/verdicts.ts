import type { FigureTable } from '../report/figure-table';
import type { Sample, TableSize } from './sample';
import { trendOf } from './trend';

/**
 * The tables that keep a row for what once happened: they grow with the history, and may not grow faster. Every other table has to
 * stay as it is, also one that is new.
 */
const HISTORIES: ReadonlySet<string> = new Set([
  'books',
  'copies',
  'reservations',
  'history',
  'notices',
  'demand_daily',
  'demand_ids',
  'demand_state',
]);

/** In the second half of a run a history may take so many times the room for an event that it took in the first. */
const FASTER = 1.5;
const MEGABYTE = 1_048_576;
/** Growth that is less than this within half a run is none. */
const LEAST = { memory: 6, handles: 3, bytes: 0.5, dead: 2_000, rows: 100 } as const;

/** What a soak has shown: of each process, table and queue how much it holds, and whether that grows. */
export function verdictsOf(samples: readonly Sample[]): FigureTable[] {
  if (samples.length < 4) return [];
  return [processTable(samples), storageTable(samples), queueTable(samples)];
}

type Of = (sample: Sample) => number | undefined;

function seriesOf(samples: readonly Sample[], of: Of) {
  return samples.flatMap((sample) => {
    const value = of(sample);
    return value === undefined ? [] : [{ at: sample.at, value }];
  });
}

/** First and last third of the second half, the slope, the verdict. */
function cells(samples: readonly Sample[], of: Of, least: number, digits: number): string[] {
  const { from, to, perHour, isGrowing } = trendOf(seriesOf(samples, of), least);
  const slope = `${perHour < 0 ? '−' : '+'}${Math.abs(perHour).toFixed(digits)}`;
  return [`${from.toFixed(digits)} → ${to.toFixed(digits)}`, slope, isGrowing ? '**growing**' : 'flat'];
}

function processTable(samples: readonly Sample[]): FigureTable {
  return {
    title: `Soak: ${lengthOf(samples)}, second half`,
    columns: ['process', 'memory, MB', 'an hour', '', 'open handles', 'an hour', ''],
    rows: namesOf(samples, ({ processes }) => processes).map((name) => [
      name,
      ...cells(samples, ({ processes }) => processes.get(name)?.memory, LEAST.memory, 0),
      ...cells(samples, ({ processes }) => processes.get(name)?.handles, LEAST.handles, 0),
    ]),
  };
}

function storageTable(samples: readonly Sample[]): FigureTable {
  const events = samples.at(-1)!.events - samples[0]!.events;
  const row = (name: string): string[] => {
    const of =
      (part: keyof TableSize, unit = 1): Of =>
      ({ tables }) => {
        const size = tables.get(name);
        return size && size[part] / unit;
      };
    const dead = cells(samples, of('dead'), LEAST.dead, 0);
    const total: Of = ({ tables }) => {
      const size = tables.get(name);
      return size && (size.table + size.indexes) / MEGABYTE;
    };
    const [levels, slope, verdict] = cells(samples, total, LEAST.bytes, 2) as [string, string, string];
    const shown = HISTORIES.has(name) ? withHistory(samples, total) : verdict;
    const indexes = (of('indexes', MEGABYTE)(samples.at(-1)!) ?? NaN).toFixed(2);
    return [name, levels, indexes, slope, shown, dead[0]!, dead[2]!];
  };
  return {
    title: `Soak: tables, ${events.toLocaleString('en')} events`,
    columns: ['table', 'with indexes, MB', 'indexes', 'an hour', '', 'dead rows', ''],
    rows: namesOf(samples, ({ tables }) => tables).map(row),
  };
}

/** Bytes for an event in the second half, and whether that is more than in the first. */
function withHistory(samples: readonly Sample[], of: Of): string {
  const middle = samples[Math.floor(samples.length / 2)]!;
  const perEvent = (from: Sample, to: Sample) => {
    const events = Math.max(1, to.events - from.events);
    return (((of(to) ?? NaN) - (of(from) ?? NaN)) * MEGABYTE) / events;
  };
  const [first, second] = [perEvent(samples[0]!, middle), perEvent(middle, samples.at(-1)!)];
  const grown = (of(samples.at(-1)!) ?? NaN) - (of(middle) ?? NaN);
  const faster = second > FASTER * Math.max(0, first) && grown > LEAST.bytes;
  return `${Math.round(second)} bytes an event${faster ? `: **faster** than before (${Math.round(first)})` : ''}`;
}

function queueTable(samples: readonly Sample[]): FigureTable {
  return {
    title: 'Soak: what waits',
    columns: ['rows', '', 'an hour', ''],
    rows: namesOf(samples, ({ rows }) => rows).map((name) => [
      name,
      ...cells(samples, ({ rows }) => rows.get(name), LEAST.rows, 0),
    ]),
  };
}

function namesOf(samples: readonly Sample[], of: (sample: Sample) => ReadonlyMap<string, unknown>): string[] {
  return [...new Set(samples.flatMap((sample) => [...of(sample).keys()]))].sort();
}

function lengthOf(samples: readonly Sample[]): string {
  return `${Math.round((samples.at(-1)!.at - samples[0]!.at) / 60)} min`;
}
