import type { LogBatch, Position } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { RecentOutcomes } from './recent-outcomes';
import { rangesAround, ResumePositions } from './resume-positions';

const TOPIC = 'outcomes';
const PARTITIONS = [0, 1];

/** A key of each partition. */
const KEYS = PARTITIONS.map((partition) => {
  const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
  return keys.find((key) => partitionOf(Buffer.from(key), PARTITIONS.length) === partition)!;
});

/** A log with a record at each of the times of each partition, and no memory of them. */
async function setUp(times: readonly (readonly number[])[], next: readonly number[]) {
  const log = new MemoryLog();
  log.createTopic(TOPIC, PARTITIONS.length);
  for (const [partition, all] of times.entries()) {
    for (const time of all) {
      jest.spyOn(Date, 'now').mockReturnValue(time);
      await log
        .createAppender()
        .append(TOPIC, [{ key: KEYS[partition]!, value: Buffer.alloc(0), headers: {} }]);
    }
  }
  const recent = new RecentOutcomes(1_000);
  recent.begin(new Map(next.map((offset, partition) => [partition, offset])));
  return { log, resume: new ResumePositions({ log, topic: TOPIC, recent, margin: 30 }) };
}

async function located(resume: ResumePositions, position: Position, partitions: readonly number[]) {
  const [positions] = await resume.fromTopic([{ position, partitions }]);
  return positions;
}

afterEach(() => jest.restoreAllMocks());

test('other partitions resume at the first record that is not older than the margin before the position', async () => {
  const { resume } = await setUp(
    [
      [100, 200],
      [50, 171, 165, 180, 300],
    ],
    [2, 5],
  );
  const positions = await located(resume, { partition: 0, offset: 1 }, PARTITIONS);
  expect(positions).toEqual(
    new Map([
      [0, 2],
      [1, 1],
    ]),
  );
});

test('a partition without such a record resumes at its end, or where memory ends if that is before', async () => {
  const position = { partition: 0, offset: 0 };
  const times = [[200], [50, 60, 70]];
  const { resume } = await setUp(times, [1, 3]);
  expect(await located(resume, position, PARTITIONS)).toEqual(
    new Map([
      [0, 1],
      [1, 3],
    ]),
  );
  const { resume: behind } = await setUp(times, [1, 2]);
  expect(await located(behind, position, PARTITIONS)).toEqual(
    new Map([
      [0, 1],
      [1, 2],
    ]),
  );
});

test('a stream of one partition resumes right after the position, and reads nothing', async () => {
  const { resume, log } = await setUp([[100], [50]], [1, 1]);
  log.read = () => {
    throw new Error('it was read');
  };
  expect(await located(resume, { partition: 0, offset: 0 }, [0])).toEqual(new Map([[0, 1]]));
});

test('behind a position whose record was deleted, everything that is left is sent', async () => {
  const { resume, log } = await setUp(
    [
      [100, 200],
      [50, 60],
    ],
    [2, 2],
  );
  log.bounds = () => Promise.resolve(PARTITIONS.map((partition) => ({ partition, start: 1, end: 2 })));
  const positions = await located(resume, { partition: 0, offset: 0 }, PARTITIONS);
  expect(positions).toEqual(
    new Map([
      [0, 1],
      [1, 0],
    ]),
  );
});

test('at a position without a record, other partitions are sent from their beginning', async () => {
  const { resume, log } = await setUp(
    [
      [100, 200],
      [50, 60],
    ],
    [2, 2],
  );
  log.read = async function* (): AsyncGenerator<LogBatch> {};
  const positions = await located(resume, { partition: 0, offset: 0 }, PARTITIONS);
  expect(positions).toEqual(
    new Map([
      [0, 1],
      [1, 0],
    ]),
  );
});

test('beyond the end of the topic there is nowhere to resume', async () => {
  const { resume } = await setUp([[100], [50]], [1, 1]);
  expect(await located(resume, { partition: 0, offset: 1 }, PARTITIONS)).toBeUndefined();
});

test('however many clients ask, the topic is asked a few times, and each gets its own answer', async () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 10_000 + i);
  const { resume, log } = await setUp([hundred, hundred], [100, 100]);
  const asked = {
    read: jest.spyOn(log, 'read'),
    bounds: jest.spyOn(log, 'bounds'),
    at: jest.spyOn(log, 'positionsAt'),
  };
  const questions = hundred.flatMap((_, offset) =>
    PARTITIONS.map((partition) => ({ position: { partition, offset }, partitions: PARTITIONS })),
  );
  const positions = await resume.fromTopic(questions);
  for (const [i, { position }] of questions.entries()) {
    expect(positions[i]!.get(position.partition)).toBe(position.offset + 1);
    const elsewhere = positions[i]!.get(1 - position.partition)!;
    // The margin is 30 records, and the times are rounded down to five.
    expect(elsewhere).toBeLessThanOrEqual(Math.max(0, position.offset - 30));
    expect(elsewhere).toBeGreaterThanOrEqual(Math.max(0, position.offset - 35));
  }
  expect([asked.bounds.mock.calls.length, asked.read.mock.calls.length]).toEqual([1, 1]);
  expect(asked.at.mock.calls.length).toBeLessThanOrEqual(21);
});

test('positions that lie near each other are read together', () => {
  const at = (partition: number, offset: number) => ({ partition, offset });
  expect(rangesAround([at(1, 2_000), at(0, 900), at(0, 400), at(1, 10), at(0, 400)])).toEqual([
    { partition: 0, start: 400, end: 901 },
    { partition: 1, start: 10, end: 11 },
    { partition: 1, start: 2_000, end: 2_001 },
  ]);
  expect(rangesAround([])).toEqual([]);
});
