import { v7 as uuidv7 } from 'uuid';
import { closeContext, createContext, type Context, type RunningRole } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { waitUntil } from '../../infra/local/wait';
import { createDecoder } from '../../schemas/codec/codec';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';

describe('the outcomes of reservations, on their topic', () => {
  let environment: TestEnvironment;
  let context: Context;
  let role: RunningRole;

  beforeAll(async () => {
    environment = await createTestEnvironment();
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    role = await startView(context, AVAILABILITY_VIEW);
  });

  afterAll(async () => {
    await role.close();
    await closeContext(context);
    await environment.close();
  });

  /** The outcomes of a book from the beginning of the topic, until there are so many. */
  async function outcomesOf(bookId: string, count: number): Promise<Outcome[]> {
    const decoder = createDecoder({ registry: context.registry, schemas: OUTCOMES });
    const found: Outcome[] = [];
    const signal = new AbortController();
    const bounds = await environment.log.bounds(environment.topics.outcomes);
    const ranges = bounds.map(({ partition, start }) => ({ partition, start, end: Infinity }));
    for await (const { records } of environment.log.read(environment.topics.outcomes, {
      ranges,
      signal: signal.signal,
    })) {
      await decoder.learn(records.map(({ value }) => value));
      for (const record of records) {
        if (record.key?.toString() !== bookId) continue;
        const outcome = decoder.decode(record.value);
        expect(record.headers['ce_id']?.toString()).toBe(outcome.eventId);
        found.push(outcome);
      }
      if (found.length >= count) signal.abort();
    }
    return found;
  }

  const book = (bookId: string) =>
    event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null });

  test('there is one for each change of a reservation, in the order of the stream', async () => {
    const bookId = 'outcomes';
    const [ann, bob, cy, dee] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
    const cancelled = event('ReservationCancelled', {
      bookId,
      reservationId: ann,
      userId: 'ann',
      reason: 'changed my mind',
    });
    await environment.append([
      book(bookId),
      event('CopyAdded', { bookId, copyId: 'c1' }),
      event('BookReserved', { bookId, reservationId: ann, userId: 'ann' }),
      event('BookReserved', { bookId, reservationId: bob, userId: 'bob' }),
      event('BookReserved', { bookId, reservationId: cy, userId: 'cy' }),
      event('BookReserved', { bookId, reservationId: dee, userId: 'bob' }),
      cancelled,
      event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'bob' }),
    ]);
    const outcomes = await outcomesOf(bookId, 7);
    expect(outcomes).toMatchObject([
      { type: 'ReservationReady', reservationId: ann, userId: 'ann', copyId: 'c1' },
      { type: 'ReservationWaitlisted', reservationId: bob, queuePosition: 1 },
      { type: 'ReservationWaitlisted', reservationId: cy, queuePosition: 2 },
      { type: 'ReservationRejected', reservationId: dee, code: 'already-reserved' },
      { type: 'ReservationClosed', reservationId: ann, status: 'cancelled', reason: 'changed my mind' },
      {
        type: 'ReservationReady',
        reservationId: bob,
        copyId: 'c1',
        pickupBy: cancelled.occurredAt + environment.config.PICKUP_WINDOW,
      },
      { type: 'ReservationFulfilled', reservationId: bob, copyId: 'c1' },
    ]);
    expect(new Set(outcomes.map(({ eventId }) => eventId)).size).toBe(7);
  });

  test('an instance that starts publishes what another one left in the outbox, and nothing twice', async () => {
    const bookId = 'left-behind';
    await role.close();
    const reservationId = uuidv7();
    const [, position] = await environment.append([
      book(bookId),
      event('BookReserved', { bookId, reservationId, userId: 'ann' }),
    ]);
    await context.pool.query(
      `INSERT INTO library.outbox (partition, first_offset, last_offset, count, outcomes)
       VALUES ($1, -1, -1, 1, json_build_array(json_build_array(-1, 0, $2::json)))`,
      [
        position!.partition,
        {
          type: 'ReservationRejected',
          eventId: uuidv7(),
          occurredAt: 0,
          bookId,
          reservationId: uuidv7(),
          userId: 'zoe',
          code: 'left',
        },
      ],
    );
    role = await startView(context, AVAILABILITY_VIEW);
    const outcomes = await outcomesOf(bookId, 2);
    expect(outcomes).toMatchObject([
      { type: 'ReservationRejected', code: 'left' },
      { type: 'ReservationWaitlisted', reservationId },
    ]);
    const left = async () => (await context.pool.query('SELECT 1 FROM library.outbox')).rows.length;
    await waitUntil(async () => (await left()) === 0, {
      what: 'the outbox was not emptied',
      timeout: 20_000,
    });
    expect(await outcomesOf(bookId, 2)).toHaveLength(2);
  });
});
