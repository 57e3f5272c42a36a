import { Follower } from '../../infra/event-log/follower';
import type { Log, LogBatch } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { Outcome } from '../../schemas/generated/events';
import type { UsersWithNews } from './users-with-news';

export interface NewsFollowerOptions {
  readonly log: Log;
  /** The topic of outcomes. */
  readonly topic: string;
  readonly decoder: Decoder<Outcome>;
  readonly users: UsersWithNews;
  readonly logger: Logger;
}

/** How long to wait before the topic is read again after a failure, in milliseconds. */
const PAUSE_MS = 500;
/** The outcomes of a reservation that is open. */
const OPEN: readonly Outcome['type'][] = ['ReservationReady', 'ReservationWaitlisted'];

/**
 * Follows the outcomes from now on: whose reservation is open has news. The view holds what its outcomes tell, also where a
 * dead letter was retried, of which the stream of reservations shows nothing new.
 * @throws whatever the log throws while Kafka is away
 */
export async function followNews({ decoder, users, ...options }: NewsFollowerOptions): Promise<Follower> {
  const bounds = await options.log.bounds(options.topic);
  return new Follower(
    {
      ...options,
      history: 0,
      pause: PAUSE_MS,
      async handle({ records }: LogBatch): Promise<void> {
        const values = records.map(({ value }) => value);
        await decoder.learn(values);
        for (const value of values) {
          const outcome = decoded(decoder, value);
          if (outcome && OPEN.includes(outcome.type)) users.add(outcome.userId);
        }
      },
    },
    new Map(bounds.map(({ partition, end }) => [partition, end])),
  );
}

/** Nothing where it cannot be read, for which a consumer of the topic keeps it as a dead letter. */
function decoded(decoder: Decoder<Outcome>, value: Buffer | null): Outcome | undefined {
  try {
    return decoder.decode(value);
  } catch (error) {
    if (error instanceof UndecodableError) return undefined;
    throw error;
  }
}
