import { waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { WebhookReceiver, type Call } from '../../consumer/notices/channels/testing';
import { readyOutcomes } from '../../consumer/notices/testing';
import { publisherOf, startInstance, type Instance } from './notices';

describe('notices by webhook, to a receiver with moods', () => {
  let environment: TestEnvironment;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    environment = await createTestEnvironment();
    receiver = await WebhookReceiver.start();
  });

  beforeEach(() => {
    receiver.calls = [];
  });

  afterAll(async () => {
    await receiver.close();
    await environment.close();
  });

  const start = (env: Readonly<Record<string, string>> = {}) =>
    startInstance(environment, {
      ...receiver.env,
      NOTICE_RETRY_PAUSE: '20ms',
      NOTICE_CONCURRENCY: '4',
      ...env,
    });

  const until = (condition: () => boolean | Promise<boolean>) =>
    waitUntil(condition, { what: 'the notices did not arrive', timeout: 40_000, every: 20 });

  const rowsOf = async ({ context }: Instance, books: string) =>
    (
      await context.pool.query<{ status: string; attempts: number; last_error: string | null }>(
        'SELECT status, attempts, last_error FROM library.notices WHERE book_id LIKE $1 ORDER BY book_id',
        [`${books}%`],
      )
    ).rows;

  const settled = (instance: Instance, books: string, count: number) => async () => {
    const rows = await rowsOf(instance, books);
    return rows.length === count && rows.every(({ status }) => status !== 'pending');
  };

  test('a receiver that fails twice gets the notice a third time, signed anew, under the same ID', async () => {
    const publish = await publisherOf(environment);
    const taken = new Map<string, Call>();
    receiver.answer = ({ id }, response) => {
      const isThird = receiver.calls.filter((call) => call.id === id).length === 3;
      if (isThird)
        taken.set(
          id,
          receiver.calls.find((call) => call.id === id)!,
        );
      response.writeHead(isThird ? 200 : 500).end();
    };
    const outcomes = readyOutcomes(5, 'moody');
    const instance = await start();
    try {
      await publish(outcomes);
      await until(settled(instance, 'moody', 5));
      expect(await rowsOf(instance, 'moody')).toEqual(
        outcomes.map(() => ({ status: 'delivered', attempts: 3, last_error: null })),
      );
    } finally {
      await instance.close();
    }
    expect(receiver.calls).toHaveLength(15);
    expect(receiver.calls.every(({ signed }) => signed)).toBe(true);
    expect([...taken.keys()].sort()).toEqual(outcomes.map(({ eventId }) => eventId).sort());
    const { eventId, reservationId } = outcomes[0]!;
    expect(taken.get(eventId)!.body).toMatchObject({
      noticeId: eventId,
      kind: 'ready',
      bookId: 'moody-0',
      reservationId,
      userId: 'reader-0',
      details: { copyId: 'c1' },
      subject: 'Ready for you: moody-0',
    });
  });

  test('one that refuses a notice is not asked again, and one that is always busy not for ever', async () => {
    const publish = await publisherOf(environment);
    receiver.answer = ({ body }, response) => response.writeHead(body.bookId === 'never-0' ? 410 : 503).end();
    const instance = await start({ NOTICE_ATTEMPTS: '3' });
    try {
      await publish(readyOutcomes(2, 'never'));
      await until(settled(instance, 'never', 2));
      expect(await rowsOf(instance, 'never')).toEqual([
        { status: 'failed', attempts: 1, last_error: 'the receiver answered 410' },
        { status: 'failed', attempts: 3, last_error: 'the receiver answered 503' },
      ]);
      const figures = await instance.context.metrics.metrics();
      expect(figures).toContain('library_notices{status="failed"} 2');
      expect(figures).toContain('library_notices{status="pending"} 0');
    } finally {
      await instance.close();
    }
  });

  test('a receiver that hangs holds up no outcome; when it is well again, everything arrives', async () => {
    const publish = await publisherOf(environment);
    const isWell = { now: false };
    receiver.answer = (_, response) => {
      if (isWell.now) response.writeHead(204).end();
    };
    const instance = await start({ NOTICE_TIMEOUT: '500ms' });
    try {
      await publish(readyOutcomes(100, 'hanging'));
      await until(async () => (await rowsOf(instance, 'hanging')).length === 100);
      const delivered = (await rowsOf(instance, 'hanging')).filter(({ status }) => status === 'delivered');
      expect(delivered).toEqual([]);
      await until(async () =>
        (await rowsOf(instance, 'hanging')).some(
          ({ last_error }) => last_error === 'no answer within 500 ms',
        ),
      );
      isWell.now = true;
      await until(settled(instance, 'hanging', 100));
      expect((await rowsOf(instance, 'hanging')).every(({ status }) => status === 'delivered')).toBe(true);
    } finally {
      await instance.close();
    }
  });
});
