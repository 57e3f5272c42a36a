import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { projectRoot } from '../../infra/local/run';
import { FINDING_KINDS, type FindingKind } from '../checker/finding';
import type { FaultsOptions } from '../options';
import type { ScenarioResult } from '../scenario';
import { markdownOf } from './figure-table';
import { figuresByFault, figuresOf, type Figures } from './figures';
import type { LeftOut } from '../servers';
import { seconds, share } from './text';

const PAGE = 'docs/faults.md';
const FIGURES = 'docs/faults.json';
/** The parts of the page that the suite writes. */
type Section = 'written by the suite' | 'soak';

export interface RunDescription extends FaultsOptions {
  readonly startedAt: Date;
  readonly leftOut: readonly LeftOut[];
}

/** Writes the tables of docs/faults.md and docs/faults.json anew; after a soak only those of the soak. */
export async function writeReport(results: readonly ScenarioResult[], run: RunDescription): Promise<void> {
  const tables = results.flatMap((result) => result.tables).map(markdownOf);
  if (run.soak !== undefined) {
    await writeSection('soak', [lastRun(results, run), ...tables]);
    return writeFigures({ soak: { ...describe(run), scenarios: results } });
  }
  await writeSection('written by the suite', [
    lastRun(results, run),
    ...run.leftOut.map(({ fault, why }) => `Left out: ${fault}: ${why}.`),
    promiseTable(results),
    faultTable(results),
    ...tables,
  ]);
  await writeFigures({
    ...describe(run),
    leftOut: run.leftOut,
    total: figuresOf('all', results),
    faults: figuresByFault(results),
    scenarios: results,
  });
}

async function writeSection(section: Section, parts: readonly string[]): Promise<void> {
  const page = join(projectRoot(), PAGE);
  const text = readFileSync(page, 'utf8');
  const begin = `<!-- ${section}: begin -->`;
  const [before, after] = [text.indexOf(begin), text.indexOf(`<!-- ${section}: end -->`)];
  if (before < 0 || after < 0) throw new Error(`${PAGE} has no place for: ${section}`);
  const body = [begin, ...parts, ''].join('\n\n');
  const { code } = await format(page, text.slice(0, before) + body + text.slice(after), { printWidth: 130 });
  writeFileSync(page, code);
}

/** Figures that are not given stay as they are. */
async function writeFigures(figures: object): Promise<void> {
  const file = join(projectRoot(), FIGURES);
  const known = JSON.parse(readFileSync(file, 'utf8')) as object;
  const { code } = await format(file, JSON.stringify({ ...known, ...figures }), { printWidth: 110 });
  writeFileSync(file, code);
}

function describe({ startedAt, seed, brokers, rate }: RunDescription) {
  return { startedAt: startedAt.toISOString(), seed, brokers, rate, processors: cpus().length };
}

function lastRun(results: readonly ScenarioResult[], run: RunDescription): string {
  const { requests, injected } = figuresOf('', results);
  const { startedAt, seed, brokers, rate, processors } = describe(run);
  return (
    `Last run: ${startedAt.slice(0, 16).replace('T', ' ')} UTC, seed ${seed}, ${brokers} broker(s), ${rate} requests/s, ${processors} processors: ` +
    `${results.length} scenarios, ${injected} faults, ${requests.toLocaleString('en')} requests.`
  );
}

/** Each promise with the number of times that it was found broken. */
function promiseTable(results: readonly ScenarioResult[]): string {
  const found = (kind: string) =>
    results.reduce((sum, { findings }) => sum + findings.filter((each) => each.kind === kind).length, 0);
  const rows = FINDING_KINDS.map((kind) => `| ${PROMISES[kind]} | ${kind} | ${found(kind)} |`);
  return ['| promise | broken: what is found | times |', '| --- | --- | --- |', ...rows].join('\n');
}

const PROMISES: Readonly<Record<FindingKind, string>> = {
  lost: 'What was acknowledged is on the stream, at the position that the client was told',
  altered: 'It is the event that the client asked for',
  'false refusal': '503: surely not recorded',
  doubled: 'One request is one event, also when it was sent again',
  invented: 'Nothing is on the stream that nobody asked for',
  reordered: 'The order of a book is the order in which its requests were acknowledged',
  'promised twice': 'No copy is promised to two readers at any time',
  'stale read': 'A read with `after` shows at least that position',
  'read went back': 'A later read never shows an earlier state',
  'wrong outcomes': 'The outcomes are what a replay decides: all, in order, and no others',
  'wrong notices': 'One notice for each outcome that calls for one, and no other',
  'wrong history': 'Every event takes effect once',
  'progress went back': 'Checkpoints only advance',
  'view differs': 'The views equal a replay from scratch',
  'held up': 'Partitions that can be written to are written to, whatever happens to the others: 95 % at once',
  stuck: 'Afterwards nothing is left to do, without anybody helping',
};

function faultTable(results: readonly ScenarioResult[]): string {
  const head =
    '| fault | injected | requests | unknown | lost | doubled | reordered | other findings | healthy partitions | writes recovered, p50 · max | views recovered, p50 · max |';
  const row = (f: Figures) =>
    `| ${f.fault} | ${f.injected} | ${f.requests} | ${f.unknown} | ${f.lost} | ${f.doubled} | ${f.reordered} | ${f.other} | ${share(f.healthy)} | ${seconds(f.writes)} | ${seconds(f.views)} |`;
  return [head, head.replaceAll(/[^|]+/g, ' --- '), ...figuresByFault(results).map(row)].join('\n');
}
