import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { projectRoot } from '../infra/local/run';
import type { Machine } from './machine';
import { PARTS, type PartName } from './options';
import { picture } from './picture';
import type { PartResult } from './result';

const FIGURES = 'docs/benchmarks.json';
const PICTURE = 'docs/benchmarks.svg';

/** The last results of a part. */
interface RecordedPart {
  readonly at: string;
  readonly machine: Machine;
  readonly result: PartResult;
}

type Recorded = Readonly<Partial<Record<PartName, RecordedPart>>>;

/** Keeps the results in the docs, as figures and as a picture. Parts that were not measured this time stay as they are. */
export async function record(results: Readonly<Partial<Record<PartName, PartResult>>>, machine: Machine) {
  const [figures, drawing] = [FIGURES, PICTURE].map((file) => join(projectRoot(), file)) as [string, string];
  const before = existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as Recorded) : {};
  const at = new Date().toISOString();
  const now = Object.entries(results).map(([part, result]) => [part, { at, machine, result }]);
  const merged: Recorded = { ...before, ...Object.fromEntries(now) };
  const { code } = await format(figures, JSON.stringify(merged), { printWidth: 110 });
  writeFileSync(figures, code);
  const measures = PARTS.flatMap((part) =>
    (merged[part]?.result.measures ?? []).map((measure) => ({
      ...measure,
      name: `${part}: ${measure.name}`,
    })),
  );
  writeFileSync(drawing, await picture(measures, 'How far each figure is from its aim'));
}
