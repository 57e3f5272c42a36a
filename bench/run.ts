import { writeFileSync } from 'node:fs';
import { describeMachine } from './machine';
import { parseOptions, type BenchOptions, type PartName } from './options';
import { measureAccess } from './parts/access';
import { measureCodecs } from './parts/codecs';
import { measureExport } from './parts/export';
import { measureHostile } from './parts/hostile';
import { measureHot } from './parts/hot';
import { measureLive } from './parts/live';
import { measureNotices } from './parts/notices';
import { measureParked } from './parts/parked';
import { measureProjecting } from './parts/projecting';
import { measureReads } from './parts/reads';
import { measureRebuilding } from './parts/rebuilding';
import { measureResuming } from './parts/resuming';
import { measureSql } from './parts/sql';
import { measureVisible } from './parts/visible';
import { measureWrites } from './parts/writes';
import { record } from './record';
import { describePart, holds, type PartResult } from './result';
import type { Settings } from './settings';
import { findServers, type Servers } from './servers';

const PARTS: Readonly<Record<PartName, (servers: Servers, settings: Settings) => Promise<PartResult>>> = {
  writes: measureWrites,
  access: measureAccess,
  hostile: measureHostile,
  codecs: measureCodecs,
  projecting: measureProjecting,
  hot: measureHot,
  parked: measureParked,
  reads: measureReads,
  visible: measureVisible,
  notices: measureNotices,
  live: measureLive,
  resuming: measureResuming,
  export: measureExport,
  sql: measureSql,
  rebuilding: measureRebuilding,
};

const print = (text: string) => process.stdout.write(`${text}\n`);

async function measure({ parts, settings, json, record: isRecorded }: BenchOptions): Promise<void> {
  const servers = await findServers();
  try {
    const machine = await describeMachine(servers);
    for (const [name, value] of Object.entries(machine)) print(`${name}: ${value}`);
    print('');
    const byPart: Partial<Record<PartName, PartResult>> = {};
    for (const part of parts) {
      const result = await PARTS[part](servers, settings);
      byPart[part] = result;
      if (isRecorded) await record(byPart, machine);
      print(describePart(result));
    }
    const results = Object.values(byPart);
    const short = results.flatMap(({ measures }) => measures.filter((each) => holds(each) === false));
    print(
      short.length === 0
        ? 'Every limit holds.'
        : `Short of its limit: ${short.map(({ name }) => name).join('; ')}.`,
    );
    if (json !== undefined)
      writeFileSync(json, `${JSON.stringify({ machine, settings, results }, null, 2)}\n`);
  } finally {
    await servers.close();
  }
}

/** @returns the exit code; 0 also when figures fall short of their limits: that is a result, not a failure */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if ('exitCode' in options) return options.exitCode;
  process.once('SIGINT', () => process.exit(130));
  try {
    await measure(options);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
