import fc from 'fast-check';
import { GroupCommitWriter } from './group-commit-writer';
import { pass, ScriptedAppender, settled, stopTime, write, type Behaviour, type Written } from './testing';

const BEHAVIOURS: Behaviour[] = [
  'ok',
  'written, in doubt',
  'not written, in doubt',
  'partly written, in doubt',
  'not appended',
  'too large',
];

type Step = { write: number } | { answer: Behaviour } | { pass: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ write: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ answer: fc.constantFrom(...BEHAVIOURS) }),
    fc.record({ pass: fc.integer({ min: 1, max: 120 }) }),
  ) satisfies fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 30 },
);

const options = fc.record({
  topic: fc.constant('events'),
  partitions: fc.constantFrom(1, 3),
  timeout: fc.constantFrom(50, 200),
  maxPending: fc.constantFrom(3, 10, 100),
  maxBatchRecords: fc.constantFrom(1, 3, 100),
});

beforeEach(stopTime);
afterEach(() => jest.useRealTimers());

test('whatever the log does, a write is settled once, and what the writer said of it is true', async () => {
  await fc.assert(
    fc.asyncProperty(options, steps, async (settings, script) => {
      const appender = new ScriptedAppender();
      const writer = new GroupCommitWriter(appender, settings);
      const writes = await play(script, appender, writer);
      const closing = writer.close();
      // From here on the log hangs, unless it is asked to do nothing.
      while (writer.pending > 0) await pass(10);
      while (appender.current) await appender.current.answer('not appended');
      await pass(500);
      await closing;
      for (const written of writes) expectTruth(written, appender);
    }),
    { numRuns: 300 },
  );
}, 60_000);

async function play(
  script: readonly Step[],
  appender: ScriptedAppender,
  writer: GroupCommitWriter,
): Promise<Written[]> {
  const writes: Written[] = [];
  for (const step of script) {
    if ('write' in step) {
      for (let i = 0; i < step.write; i++) writes.push(write(writer, `w${writes.length}`));
    }
    await settled();
    if ('answer' in step) await appender.current?.answer(step.answer);
    if ('pass' in step) await pass(step.pass);
  }
  return writes;
}

function expectTruth({ value, outcome, times }: Written, appender: ScriptedAppender): void {
  expect(times).toBe(1);
  if (outcome === 'not recorded') expect([...appender.logs.values()].flat()).not.toContain(value);
  else if (typeof outcome === 'object') expect(appender.log(outcome.partition)[outcome.offset]).toBe(value);
  else expect(outcome).toBe('maybe recorded');
}
