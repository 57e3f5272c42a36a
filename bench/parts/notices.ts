import { setTimeout as delay } from 'node:timers/promises';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { steady } from '../load';
import { ProgressSamples } from '../progress-samples';
import { outcomesOfTurnover, type PublishedOutcome } from '../outcomes';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { quantile } from '../statistics';
import { openBenchEnvironment, type Servers } from '../servers';

const RATE = 500;
const BOOKS = 250;
/** How long to wait for the last notices of a round. Later ones count as missing. */
const TIMEOUT_MS = 30_000;
const POLL_MS = 250;
/** The kinds of outcomes that call for a notice; the closed ones of this load have expired. */
const CALL_FOR_NOTICE = new Set(['library.ReservationReady', 'library.ReservationClosed']);

interface Round {
  /** Notices per second. */
  readonly rate: number;
  /** The times since the outcome's append, in milliseconds. */
  readonly stored: readonly number[];
  readonly delivered: readonly number[];
  readonly missing: number;
}

/** The lag of notices behind outcomes at a steady rate: until they are in their table, and until a webhook has received them. */
export async function measureNotices(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const children: Child[] = [];
  const start = async (starting: Promise<Child>) => {
    const child = await starting;
    children.push(child);
    return child;
  };
  const samples = await ProgressSamples.watch(environment.config.DATABASE_URL, 'notices');
  try {
    const receiver = await start(Child.start('bench/peers/receiver.js', [], {}));
    const env = {
      ...environment.env,
      NOTICE_CHANNEL: 'webhook',
      NOTICE_WEBHOOK_URL: receiver.url,
      NOTICE_WEBHOOK_SECRET: 'of-the-benchmark',
    };
    const availability = await start(Child.startRole('availability', env));
    const notices = await start(Child.startRole('notices', env));
    const measure = new Measuring(environment, samples, receiver.url);
    await measure.round('warm', settings.warmUp);
    const rounds: Round[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      rounds.push(await measure.round(`r${round}`, 2 * settings.seconds));
    }
    return describe(rounds, notices.peakMemory(), availability.peakMemory());
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await samples.stop();
    await environment.close();
  }
}

class Measuring {
  /** The number of notices that should have arrived so far. */
  private expected = 0;

  constructor(
    private readonly environment: TestEnvironment,
    private readonly samples: ProgressSamples,
    private readonly receiverUrl: string,
  ) {}

  async round(tag: string, seconds: number): Promise<Round> {
    const load = { env: this.environment.env, rate: RATE, seconds, books: BOOKS, tag };
    const { from, events } = await steady(load);
    // The first reservation of each book is ready at once, and each pair of events calls for two notices.
    this.expected += BOOKS + events;
    const arrivals = await this.arrivals();
    const outcomes = (await outcomesOfTurnover(this.environment, { tag, from, events })).filter(({ type }) =>
      CALL_FOR_NOTICE.has(type),
    );
    const stored = lags(outcomes, (outcome) => this.samples.storedAt(outcome));
    const delivered = lags(outcomes, ({ id }) => arrivals.get(id));
    const missing = 2 * events - stored.length - delivered.length;
    return { rate: delivered.length / seconds, stored, delivered, missing };
  }

  /** The time of the first arrival of each notice, once all have arrived or the timeout is over. */
  private async arrivals(): Promise<ReadonlyMap<string, number>> {
    for (const deadline = Date.now() + TIMEOUT_MS; ; await delay(POLL_MS)) {
      const response = await fetch(this.receiverUrl);
      const arrivals = new Map((await response.json()) as [string, number][]);
      if (arrivals.size >= this.expected || Date.now() > deadline) return arrivals;
    }
  }
}

function lags(
  outcomes: readonly PublishedOutcome[],
  endOf: (outcome: PublishedOutcome) => number | undefined,
): number[] {
  return outcomes.flatMap((outcome) => {
    const end = endOf(outcome);
    return end === undefined ? [] : [end - outcome.at];
  });
}

function describe(rounds: readonly Round[], notices: number, availability: number): PartResult {
  const missing = rounds.reduce((sum, round) => sum + round.missing, 0);
  const of = (what: 'stored' | 'delivered', share: number) =>
    rounds.map((round) => quantile(round[what], share));
  const limit = { atMost: 250 };
  return {
    title: `From an outcome to its notice, at ${RATE} events and ${RATE} notices a second`,
    measures: [
      { name: 'notices', unit: '1/s', values: rounds.map(({ rate }) => rate) },
      { name: 'outcome → notice stored, p50', unit: 'ms', values: of('stored', 0.5) },
      { name: 'outcome → notice stored, p99', unit: 'ms', values: of('stored', 0.99), limit },
      { name: 'outcome → notice at the webhook, p50', unit: 'ms', values: of('delivered', 0.5) },
      { name: 'outcome → notice at the webhook, p99', unit: 'ms', values: of('delivered', 0.99), limit },
      { name: 'memory of notices, peak', unit: 'MB', values: [notices], limit: { atMost: 300 } },
      { name: 'memory of availability, peak', unit: 'MB', values: [availability], limit: { atMost: 300 } },
    ],
    notes: [
      `${missing} notices were not stored or did not arrive. The time begins with the timestamp of the outcome's record; the ` +
        'table is looked at every 2 ms, which is part of the figures.',
    ],
  };
}
