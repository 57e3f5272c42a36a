import type { LogBatch } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { RecentOutcomes } from './recent-outcomes';
import { ResumePositions } from './resume-positions';

const TOPIC = 'outcomes';
const PARTITIONS = [0, 1];
const { signal } = new AbortController();

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

afterEach(() => jest.restoreAllMocks());

test('other partitions resume at the first record that is not older than the margin before the position', async () => {
  const { resume } = await setUp(
    [
      [100, 200],
      [50, 171, 165, 180, 300],
    ],
    [2, 5],
  );
  const positions = await resume.fromTopic({ partition: 0, offset: 1 }, PARTITIONS, signal);
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
  expect(await resume.fromTopic(position, PARTITIONS, signal)).toEqual(
    new Map([
      [0, 1],
      [1, 3],
    ]),
  );
  const { resume: behind } = await setUp(times, [1, 2]);
  expect(await behind.fromTopic(position, PARTITIONS, signal)).toEqual(
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
  expect(await resume.fromTopic({ partition: 0, offset: 0 }, [0], signal)).toEqual(new Map([[0, 1]]));
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
  const positions = await resume.fromTopic({ partition: 0, offset: 0 }, PARTITIONS, signal);
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
  const positions = await resume.fromTopic({ partition: 0, offset: 0 }, PARTITIONS, signal);
  expect(positions).toEqual(
    new Map([
      [0, 1],
      [1, 0],
    ]),
  );
});

test('beyond the end of the topic there is nowhere to resume', async () => {
  const { resume } = await setUp([[100], [50]], [1, 1]);
  expect(await resume.fromTopic({ partition: 0, offset: 1 }, PARTITIONS, signal)).toBeUndefined();
});
