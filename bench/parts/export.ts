import type { TestEnvironment } from '../../test/environment';
import { runLibrary, runToEnd, type Run } from '../run-to-end';
import { repeated } from '../events';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { openBenchEnvironment, type Servers } from '../servers';

/** The number of different events; they repeat after that, which makes no difference to a reader. */
const DIFFERENT = 100_000;

/** `library events` against a minimal reader of the same topic. */
export async function measureExport(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const total = settings.exported;
  try {
    for await (const events of repeated(total, DIFFERENT)) await environment.append(events);
    const ours: Run[] = [];
    const bare: Run[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      for (const contestant of orderOf(['ours', 'bare'] as const, round)) {
        if (contestant === 'ours') ours.push(await runLibrary(EXPORT, { env: environment.env, total }));
        else bare.push(await runToEnd(BARE, [], { env: bareEnv(environment, total, round), total }));
      }
    }
    return describe(ours, bare, total);
  } finally {
    await environment.close();
  }
}

const BARE = 'bench/peers/bare-reader.js';
const EXPORT = ['events', '--output', '/dev/null'];

const bareEnv = ({ env, topics }: TestEnvironment, total: number, round: number) => ({
  ...env,
  TOPIC: topics.reservations,
  GROUP: `${topics.reservations}.bare-${round}`,
  EVENTS: String(total),
});

function describe(ours: readonly Run[], bare: readonly Run[], total: number): PartResult {
  const rate = (results: readonly Run[]) => results.map((result) => result.rate);
  const memory = (results: readonly Run[]) => results.map((result) => result.memory);
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
