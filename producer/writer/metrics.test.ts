import { Registry } from 'prom-client';
import { WriterMetrics } from './metrics';
import { createWriter, pass, settled, stopTime, TIMEOUT, write } from './testing';

beforeEach(stopTime);
afterEach(() => jest.useRealTimers());

function measuredWriter(options: Parameters<typeof createWriter>[0] = {}) {
  const registry = new Registry();
  const metrics = new WriterMetrics(registry);
  const made = createWriter({ ...options, observer: metrics });
  metrics.watch(() => made.writer);
  const figure = async (line: string) => {
    const text = await registry.metrics();
    return Number(new RegExp(`^${line.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  };
  return { ...made, figure };
}

test('the latency of a batch is that of its oldest event, from its hand-over on', async () => {
  const { appender, writer, figure } = measuredWriter();
  write(writer, 'first');
  await settled();
  write(writer, 'waits for the next send');
  await pass(30);
  await appender.current!.answer('ok');
  await pass(40);
  await appender.current!.answer('ok');
  expect(await figure('library_accept_seconds_count')).toBe(2);
  expect(await figure('library_accept_seconds_sum')).toBeCloseTo(0.03 + 0.07);
  expect(await figure('library_writer_attempts_total{result="appended"}')).toBe(2);
});

test('attempts that fail, events that go again, and writes that nobody can vouch for are counted', async () => {
  const { appender, writer, figure } = measuredWriter();
  write(writer, 'a');
  write(writer, 'b');
  await settled();
  await appender.current!.answer('not written, in doubt');
  expect(await figure('library_writer_attempts_total{result="in-doubt"}')).toBe(1);
  expect(await figure('library_writer_resent_records_total')).toBe(2);
  expect(await figure('library_writer_pending')).toBe(2);
  expect(await figure('library_writer_pending_bytes')).toBeGreaterThan(0);
  await pass(2 * TIMEOUT);
  expect(await figure('library_writes_failed_total{reason="unknown"}')).toBe(2);
  expect(await figure('library_writer_pending_bytes')).toBe(0);
});

test('a write that is not even taken is told from one that was surely not recorded', async () => {
  const { appender, writer, figure } = measuredWriter({ maxPending: 1 });
  write(writer, 'a');
  write(writer, 'too many');
  await settled();
  await appender.current!.answer('not appended');
  expect(await figure('library_writes_failed_total{reason="not-taken"}')).toBe(1);
  appender.script = () => 'not appended';
  await pass(2 * TIMEOUT);
  expect(await figure('library_writes_failed_total{reason="not-recorded"}')).toBe(1);
});
