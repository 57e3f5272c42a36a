import { Child } from '../child';
import { pace } from '../load';
import type { PacedResult } from '../paced';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { openBenchEnvironment, type Servers } from '../servers';
import { stockLibrary } from './writes';

const RATE = 500;

/** How soon an accepted reservation is visible in the view, at a steady rate, with each role in a process of its own. */
export async function measureVisible(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const roles: Child[] = [];
  try {
    await stockLibrary(environment, settings.books);
    for (const role of ['api', 'availability']) roles.push(await Child.startRole(role, environment.env));
    const [api, availability] = roles as [Child, Child];
    const { DATABASE_URL: databaseUrl } = environment.config;
    const { books, warmUp, seconds, rounds } = settings;
    const common = { url: api.url, rate: RATE, books, databaseUrl, topic: environment.topics.reservations };
    await pace({ ...common, seconds: warmUp, tag: 'warm' });
    const results: PacedResult[] = [];
    for (let round = 0; round < rounds; round++) {
      results.push(await pace({ ...common, seconds: 2 * seconds, tag: `r${round}` }));
    }
    return describe(results, api.peakMemory(), availability.peakMemory());
  } finally {
    await Promise.all(roles.map((role) => role.stop()));
    await environment.close();
  }
}

function describe(results: readonly PacedResult[], api: number, availability: number): PartResult {
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  return {
    title: `From accepted to visible, at ${RATE} reservations a second`,
    measures: [
      { name: 'accepted', unit: '1/s', values: results.map(({ rate }) => rate) },
      { name: 'sent → accepted, p99', unit: 'ms', values: results.map(({ answered }) => answered) },
      { name: 'accepted → visible, p50', unit: 'ms', values: results.map(({ p50 }) => p50) },
      {
        name: 'accepted → visible, p99',
        unit: 'ms',
        values: results.map(({ p99 }) => p99),
        limit: { atMost: 150 },
      },
      { name: 'memory of api, peak', unit: 'MB', values: [api], limit: { atMost: 300 } },
      { name: 'memory of availability, peak', unit: 'MB', values: [availability], limit: { atMost: 300 } },
    ],
    notes: [
      `${failed} requests failed or never became visible. Requests leave on time, whether or not the ones before are answered; ` +
        'the view is looked at every 2 ms, which is part of the figures.',
    ],
  };
}
