import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../app/config';
import { topicNames } from '../schemas/topics';
import { kafkaSettings } from '../infra/kafka/client';
import { KafkaLog } from '../infra/kafka/kafka-log';
import { createLogger } from '../infra/logger';
import { encodeRecord } from '../schemas/codec/cloudevents';
import { createEncoder } from '../schemas/codec/codec';
import { LIBRARY_EVENTS, type LibraryEvent } from '../schemas/generated/events';
import { createRegistry } from '../schemas/registry/registry';
import { registryAddress } from '../schemas/settings';
import { turnoverOf } from './events';

/** The task of the generator of events: a `Turnover` on the stream of reservations. */
export interface SteadyLoad {
  /** The environment variables with the addresses of the servers. */
  readonly env: Readonly<Record<string, string>>;
  /** Events per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly books: number;
  readonly tag: string;
}

export interface SteadyResult {
  /** When the steady part began, in milliseconds since the epoch. */
  readonly from: number;
  /** The number of its events. */
  readonly events: number;
}

const TICK_MS = 4;
/** For the effects of the first events of the books. */
const SETTLE_MS = 1_000;

type Append = (events: readonly LibraryEvent[]) => Promise<void>;

async function run({ rate, seconds, books, tag }: SteadyLoad, append: Append): Promise<SteadyResult> {
  const { start, pairs } = turnoverOf(books, tag);
  await append(start);
  await delay(SETTLE_MS);
  const from = Date.now();
  const begun = performance.now();
  let events = 0;
  for (let elapsed = 0; elapsed < 1_000 * seconds; elapsed = performance.now() - begun) {
    const due: LibraryEvent[] = [];
    while (events + due.length + 2 <= (elapsed * rate) / 1_000) due.push(...pairs.next().value);
    if (due.length > 0) await append(due);
    events += due.length;
    await delay(TICK_MS);
  }
  return { from, events };
}

async function steady(load: SteadyLoad): Promise<SteadyResult> {
  const config = loadConfig(load.env);
  const topic = topicNames(config.TOPIC_PREFIX).reservations;
  const registry = createRegistry(registryAddress(config));
  const encoder = await createEncoder({ registry, topic, schemas: LIBRARY_EVENTS });
  const log = new KafkaLog(kafkaSettings(config, 'library-bench'), createLogger('silent'));
  const appender = log.createAppender();
  const result = await run(load, async (events) => {
    const records = events.map((event) => encodeRecord(event, encoder, { source: '/library/bench' }));
    const positions = await appender.append(topic, records);
    if (positions.includes(undefined)) throw new Error('Kafka did not acknowledge all events');
  });
  await appender.close();
  await log.close();
  return result;
}

process.once('message', (load: SteadyLoad) => {
  void steady(load).then((result) => {
    process.send?.(result);
    process.disconnect();
  });
});
