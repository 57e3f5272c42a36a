import { PositionWaiter } from '../../infra/event-log/position-waiter';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { ViewFreshness } from './view-freshness';

describe('a view that follows a stream of two partitions', () => {
  const TOPIC = 'reservations';
  const LONGEST_BEHIND = 5_000;
  let log: MemoryLog;
  let view: PositionWaiter;
  let clock: number;
  let freshness: ViewFreshness;

  beforeEach(() => {
    log = new MemoryLog();
    log.createTopic(TOPIC, 2);
    view = new PositionWaiter();
    clock = 0;
    freshness = new ViewFreshness({
      ...{ log, topic: TOPIC, view, longestBehind: LONGEST_BEHIND, patience: 10 },
      now: () => clock,
    });
  });

  async function append(count: number): Promise<void> {
    const records = Array.from({ length: count }, (_, i) => ({
      ...{ key: `book-${i}`, value: Buffer.of(1), headers: {} },
    }));
    await log.createAppender().append(TOPIC, records);
  }

  const ends = async () => new Map((await log.bounds(TOPIC)).map(({ partition, end }) => [partition, end]));

  test('is fresh when it holds all that there is, and no longer when more was appended', async () => {
    expect(await freshness.isFresh()).toBe(true);
    await append(20);
    expect(await freshness.isFresh()).toBe(false);
    view.replace(await ends());
    expect(await freshness.isFresh()).toBe(true);
    await append(20);
    expect(await freshness.isFresh()).toBe(false);
  });

  test('is fresh only when all of its partitions are', async () => {
    await append(20);
    view.set(0, (await ends()).get(0)!);
    expect(await freshness.isFresh()).toBe(false);
  });

  test('is fresh when it holds what was there a moment ago: a stream that goes on does not put that off', async () => {
    await append(20);
    expect(await freshness.isFresh()).toBe(false);
    const before = await ends();
    await append(20);
    clock = LONGEST_BEHIND;
    view.replace(before);
    expect(await freshness.isFresh()).toBe(true);
  });

  test('is not fresh when that moment is too long ago', async () => {
    await append(20);
    expect(await freshness.isFresh()).toBe(false);
    const before = await ends();
    await append(20);
    clock = LONGEST_BEHIND + 1;
    view.replace(before);
    expect(await freshness.isFresh()).toBe(false);
    view.replace(await ends());
    expect(await freshness.isFresh()).toBe(true);
  });
});
