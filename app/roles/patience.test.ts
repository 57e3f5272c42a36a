import { KafkaAwayError } from '../../infra/kafka/away';
import { createLogger } from '../../infra/logger';
import { patiently } from './patience';

const lines: string[] = [];
const logger = createLogger('warn', { write: (line) => lines.push(line) });
const away = new KafkaAwayError('the connection was lost');

/** Fails so often. */
function failing(times: number, error: Error) {
  let left = times;
  return () => (left-- > 0 ? Promise.reject(error) : Promise.resolve('done'));
}

beforeEach(() => (lines.length = 0));

test('what Kafka is needed for is done when it is back, and each failure is told', async () => {
  const waits = patiently(logger, new AbortController().signal, 1);
  await expect(waits(failing(3, away))).resolves.toBe('done');
  expect(lines.map((line) => line.includes('Kafka does not answer'))).toEqual([true, true, true]);
});

test('what does not pass by itself is thrown at once', async () => {
  const wrong = new Error('topic library.outcomes has 1 partitions and must have 12');
  const waits = patiently(logger, new AbortController().signal, 1);
  await expect(waits(failing(1, wrong))).rejects.toBe(wrong);
  expect(lines).toEqual([]);
});

test('it ends with the process, without a pause', async () => {
  const ending = new AbortController();
  const waits = patiently(logger, ending.signal, 60_000)(failing(Infinity, away));
  setImmediate(() => ending.abort());
  await expect(waits).rejects.toBe(away);
});
