import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import type { Stage } from '../../test/stage';
import { peakMemoryOf } from '../child';
import { backlog } from '../events';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { openStage, type Servers } from '../world';

const BUILD = join(__dirname, '../..');
const CHUNK = 2_000;
/** So many different events; then they come again. Whoever only reads cannot tell. */
const DIFFERENT = 100_000;
const LOOK_EVERY_MS = 50;

interface Read {
  /** Events a second, from the start of the process to its end. */
  readonly rate: number;
  /** The most that the process ever held, in MB. */
  readonly memory: number;
}

/** `library events` beside the least that a reader can do with the same topic. */
export async function measureExport(servers: Servers, settings: Settings): Promise<PartResult> {
  const stage = await openStage(servers);
  const total = settings.exported;
  try {
    await fill(stage, total);
    const ours: Read[] = [];
    const bare: Read[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      for (const contestant of orderOf(['ours', 'bare'] as const, round)) {
        if (contestant === 'ours') ours.push(await run('app/cli/main.js', EXPORT, stage.env, total));
        else bare.push(await run('bench/peers/bare-reader.js', [], bareEnv(stage, total, round), total));
      }
    }
    return describe(ours, bare, total);
  } finally {
    await stage.close();
  }
}

const EXPORT = ['events', '--output', '/dev/null'];

const bareEnv = ({ env, topics }: Stage, total: number, round: number) => ({
  ...env,
  TOPIC: topics.reservations,
  GROUP: `${topics.reservations}.bare-${round}`,
  EVENTS: String(total),
});

async function fill(stage: Stage, total: number): Promise<void> {
  const events = await backlog(Math.min(total, DIFFERENT));
  for (let done = 0; done < total; done += CHUNK) {
    const at = done % events.length;
    await stage.append(events.slice(at, at + Math.min(CHUNK, total - done)));
  }
}

/** @throws {Error} with what it said, when the process does not end with 0 */
async function run(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  total: number,
): Promise<Read> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(BUILD, script), ...args], {
    env: { PATH: process.env['PATH'], ...env, HTTP_PORT: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  let memory = 0;
  const looking = setInterval(() => (memory = Math.max(memory, peakMemoryOf(child.pid!))), LOOK_EVERY_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looking);
  if (code !== 0) throw new Error(`${script} ended with code ${code}: ${said}`);
  return { rate: (1_000 * total) / (performance.now() - started), memory };
}

function describe(ours: readonly Read[], bare: readonly Read[], total: number): PartResult {
  const rate = (results: readonly Read[]) => results.map((result) => result.rate);
  const memory = (results: readonly Read[]) => results.map((result) => result.memory);
  return {
    title: `Export of ${total.toLocaleString('en')} events as ndjson`,
    measures: [
      { name: 'library events', unit: 'events/s', values: rate(ours) },
      { name: 'bare kafkajs consumer', unit: 'events/s', values: rate(bare) },
      {
        name: 'library events ÷ bare',
        unit: '',
        values: ratios(rate(ours), rate(bare)),
        limit: { atLeast: 0.6 },
      },
      { name: 'memory of library events, peak', unit: 'MB', values: memory(ours), limit: { atMost: 350 } },
      { name: 'memory of the bare consumer, peak', unit: 'MB', values: memory(bare) },
    ],
    notes: ['From the start of each process to its end, its start-up and the joining of its group included.'],
  };
}
