import { v7 as uuidv7 } from 'uuid';
import { closeContext, createContext, type Context } from '../../app/context';
import { startNotices } from '../../app/role-notices';
import { loadConfig } from '../../infra/config';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import type { Stage } from '../../test/stage';
import type { ClaimedNotice } from './queue';

type Of<T extends Outcome['type']> = Extract<Outcome, { type: T }>;
type Common = 'type' | 'eventId' | 'occurredAt' | 'bookId' | 'reservationId' | 'userId';

/** An outcome with IDs of its own, of the user and the book that are named or of some others. */
export function outcome<T extends Outcome['type']>(
  type: T,
  fields: Omit<Of<T>, Common> & { readonly bookId?: string; readonly userId?: string },
): Of<T> {
  return {
    type,
    eventId: uuidv7(),
    occurredAt: Date.UTC(2026, 0, 1),
    bookId: 'some-book',
    reservationId: uuidv7(),
    userId: 'ann',
    ...fields,
  } as unknown as Of<T>;
}

/** Outcomes of as many reservations that are ready, each of a book and a user of its own. */
export function readyOutcomes(count: number, name: string): Of<'ReservationReady'>[] {
  return Array.from({ length: count }, (_, i) =>
    outcome('ReservationReady', { bookId: `${name}-${i}`, userId: `reader-${i}`, copyId: 'c1', pickupBy: 0 }),
  );
}

/** Appends outcomes to their topic, as the relay does. */
export async function publisherOf(stage: Stage): Promise<(outcomes: readonly Outcome[]) => Promise<void>> {
  const registry = createRegistry(stage.config.SCHEMA_REGISTRY_URL);
  const encoder = await createEncoder({ registry, topic: stage.topics.outcomes, schemas: OUTCOMES });
  return async (outcomes) => {
    const appender = stage.log.createAppender();
    const records = outcomes.map((each) => encodeRecord(each, encoder, { source: '/test' }));
    const positions = await appender.append(stage.topics.outcomes, records);
    await appender.close();
    if (positions.includes(undefined)) throw new Error('an outcome was not acknowledged');
  };
}

/** An instance of the role, as in a process of its own. */
export interface Instance {
  readonly context: Context;
  close(): Promise<void>;
}

export async function startInstance(
  stage: Stage,
  env: Readonly<Record<string, string>> = {},
): Promise<Instance> {
  const context = createContext(
    loadConfig({ ...stage.env, LOG_LEVEL: 'silent', ...env }),
    'test',
    (error) => {
      throw error;
    },
  );
  const role = await startNotices(context);
  return {
    context,
    async close() {
      await role.close();
      await closeContext(context);
    },
  };
}

/** A notice that was taken up. */
export function claimed(userId: string, attempts = 1): ClaimedNotice {
  const noticeId = uuidv7();
  return { noticeId, kind: 'expired', bookId: 'b', reservationId: uuidv7(), userId, details: {}, attempts };
}
