import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { formatPosition, type Position } from '../../infra/event-log/log';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import { registryAddress } from '../../schemas/settings';
import type { TestEnvironment } from '../../test/environment';
import { Child } from '../child';
import { comeBack, Listeners } from '../load';
import type { PartResult } from '../result';
import type { ReturningResult } from '../returners';
import { openBenchEnvironment, type Servers } from '../servers';
import type { Settings } from '../settings';

/** Outcomes that each client has missed: of all books, and of its own user. */
const MISSED = 1_000;
const OWN = 10;
/** How many clients stay connected, and the pause between the outcomes that they receive meanwhile, in milliseconds. */
const LIVE = 10;
const PAUSE_MS = 50;
/** For so long before the position outcomes may be sent again, in milliseconds (`LiveSettings.margin`). */
const MARGIN_MS = 31_000;
const PATIENCE_MS = 120_000;

type Append = (outcomes: readonly Outcome[]) => Promise<(Position | undefined)[]>;

interface Round extends ReturningResult {
  /** From a new outcome to those who are connected, while the others come back; the slowest, in milliseconds. */
  readonly slowest: number;
}

/** How soon clients of the live events that all come back at once have what they have missed, and what the others feel of it. */
export async function measureResuming(servers: Servers, settings: Settings): Promise<PartResult> {
  const clients = 10 * settings.listeners;
  const environment = await openBenchEnvironment(servers);
  const appender = environment.log.createAppender();
  let listeners: Listeners | undefined;
  let api: Child | undefined;
  try {
    const append = await appending(environment, (records) =>
      appender.append(environment.topics.outcomes, records),
    );
    // Older than what a process reads at its start: these have to be read from the topic.
    const [old] = await append([outcomeOf('seen', 'nobody')]);
    const own = Array.from({ length: clients * OWN }, (_, i) =>
      outcomeOf(`book-${i}`, `user-${i % clients}`),
    );
    for (let at = 0; at < own.length; at += 2_000) await append(own.slice(at, at + 2_000));
    // Outcomes of the last seconds before a position are sent again: these are to be older.
    await delay(MARGIN_MS);
    const [seen] = await append([outcomeOf('seen', 'nobody')]);
    await append(Array.from({ length: MISSED }, (_, i) => outcomeOf(`book-${i}`, 'nobody')));
    // All clients come from one address, and so are one caller.
    api = await Child.startRole('api', { ...environment.env, LIVE_STREAMS: String(clients + LIVE) });
    const url = `${api.url}/v1/events`;
    listeners = await Listeners.open(url, LIVE);
    const round = (load: { lastEventId: string; missed: number; user?: string }) =>
      whileLive(append, listeners!, () => comeBack({ url, clients, patience: PATIENCE_MS, ...load }));
    const topic = await round({ lastEventId: formatPosition(old!), missed: OWN, user: 'user-' });
    const memory = await round({ lastEventId: formatPosition(seen!), missed: MISSED });
    return describe(clients, memory, topic, api);
  } finally {
    listeners?.close();
    await api?.stop();
    await appender.close();
    await environment.close();
  }
}

async function appending(
  { config, topics }: TestEnvironment,
  append: (records: ReturnType<typeof encodeRecord>[]) => ReturnType<Append>,
): Promise<Append> {
  const registry = createRegistry(registryAddress(config));
  const encoder = await createEncoder({ registry, topic: topics.outcomes, schemas: OUTCOMES });
  return (outcomes) =>
    append(outcomes.map((outcome) => encodeRecord(outcome, encoder, { source: '/library/bench' })));
}

function outcomeOf(bookId: string, userId: string): Outcome {
  const [eventId, reservationId] = [uuidv7(), uuidv7()];
  return {
    ...{ type: 'ReservationReady', eventId, occurredAt: Date.now(), bookId, reservationId, userId },
    ...{ copyId: `${bookId}-1`, pickupBy: Date.now() },
  };
}

/** Outcomes go on being appended while the others come back. */
async function whileLive(
  append: Append,
  listeners: Listeners,
  work: () => Promise<ReturningResult>,
): Promise<Round> {
  const appended: [string, number][] = [];
  let isOver = false;
  const appending = (async () => {
    while (!isOver) {
      const at = Date.now();
      const [position] = await append([outcomeOf(`live-${appended.length}`, 'nobody')]);
      appended.push([formatPosition(position!), at]);
      await delay(PAUSE_MS);
    }
  })();
  const result = await work();
  isOver = true;
  await appending;
  const { slowest } = await listeners.measure({ appended, total: appended.length, patience: PATIENCE_MS });
  return { ...result, slowest };
}

function describe(clients: number, memory: Round, topic: Round, api: Child): PartResult {
  const row = (name: string, { median, last, slowest }: Round) => [
    { name: `${name}: half of them have everything`, unit: 's', values: [median / 1_000] },
    { name: `${name}: the last has everything`, unit: 's', values: [last / 1_000], limit: { atMost: 30 } },
    { name: `${name}: slowest outcome to the connected`, unit: 'ms', values: [slowest] },
  ];
  return {
    title: `${clients.toLocaleString('en')} clients of the live events that come back at once`,
    measures: [
      ...row(`${MISSED.toLocaleString('en')} outcomes each, from memory`, memory),
      ...row(`${OWN} of ${(clients * OWN).toLocaleString('en')} outcomes each, from the topic`, topic),
      {
        name: 'processor time of the api, both together',
        unit: 's',
        values: [api.processorTime() / 1_000_000],
      },
      { name: 'memory of api, peak', unit: 'MB', values: [api.peakMemory()] },
      {
        name: 'clients that did not receive everything',
        unit: '',
        values: [memory.short + topic.short],
        limit: { atMost: 0 },
      },
    ],
    notes: ['All clients are one process, whose own work is part of the figures.'],
  };
}
