import { formatPosition } from '../../infra/event-log/log';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import type { Reception } from '../listeners';
import { Listeners, steady } from '../load';
import { outcomesOfTurnover } from '../outcomes';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { openBenchEnvironment, type Servers } from '../servers';

/** Events per second. They lead to half as many again outcomes, each of which goes to every listener. */
const RATE = 20;
const BOOKS = 20;
const TIMEOUT_MS = 20_000;

interface Round extends Reception {
  /** Outcomes per second. */
  readonly rate: number;
}

/** How soon the followers of the live events receive an outcome, at a steady rate, when all follow all books. */
export async function measureLive(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const roles: Child[] = [];
  let listeners: Listeners | undefined;
  try {
    for (const role of ['api', 'availability']) roles.push(await Child.startRole(role, environment.env));
    const [api, availability] = roles as [Child, Child];
    listeners = await Listeners.open(`${api.url}/v1/events`, settings.listeners);
    await oneRound(environment, listeners, settings.warmUp, 'warm');
    const rounds: Round[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      rounds.push(await oneRound(environment, listeners, 2 * settings.seconds, `r${round}`));
    }
    return describe(rounds, settings.listeners, api.peakMemory(), availability.peakMemory());
  } finally {
    listeners?.close();
    await Promise.all(roles.map((role) => role.stop()));
    await environment.close();
  }
}

async function oneRound(
  environment: TestEnvironment,
  listeners: Listeners,
  seconds: number,
  tag: string,
): Promise<Round> {
  const { from, events } = await steady({ env: environment.env, rate: RATE, seconds, books: BOOKS, tag });
  const outcomes = await outcomesOfTurnover(environment, { tag, from, events });
  const reception = await listeners.measure({
    appended: outcomes.map((outcome) => [formatPosition(outcome), outcome.at]),
    // Includes the first reservation of each book, which was ready before the steady part.
    total: BOOKS + outcomes.length,
    patience: TIMEOUT_MS,
  });
  return { ...reception, rate: outcomes.length / seconds };
}

function describe(
  rounds: readonly Round[],
  listeners: number,
  api: number,
  availability: number,
): PartResult {
  const sum = (what: 'missing' | 'repeated') => rounds.reduce((total, round) => total + round[what], 0);
  return {
    title: `Live events to ${listeners.toLocaleString('en')} clients that follow all books`,
    measures: [
      { name: 'outcomes', unit: '1/s', values: rounds.map(({ rate }) => rate) },
      { name: 'events received', unit: '1/s', values: rounds.map(({ rate }) => rate * listeners) },
      { name: 'outcome → received, p50', unit: 'ms', values: rounds.map(({ p50 }) => p50) },
      {
        name: 'outcome → received, p99',
        unit: 'ms',
        values: rounds.map(({ p99 }) => p99),
        limit: { atMost: 500 },
      },
      { name: 'outcome → received by the last', unit: 'ms', values: rounds.map(({ slowest }) => slowest) },
      { name: 'memory of api, peak', unit: 'MB', values: [api], limit: { atMost: 300 } },
      { name: 'memory of availability, peak', unit: 'MB', values: [availability], limit: { atMost: 300 } },
    ],
    notes: [
      `${sum('missing')} events were not received, ${sum('repeated')} more than once. The time begins with the timestamp of the ` +
        "outcome's record. All clients are one process, whose own work is part of the figures.",
    ],
  };
}
