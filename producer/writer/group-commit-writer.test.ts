import { createWriter, pass, settled, stopTime, TIMEOUT, write } from './testing';

beforeEach(stopTime);
afterEach(() => jest.useRealTimers());

describe('group commit', () => {
  test('sends at once what arrives together, and meanwhile collects for the next send', async () => {
    const { appender, writer } = createWriter();
    const first = ['a', 'b', 'c'].map((value) => write(writer, value));
    await settled();
    expect(appender.attempts.map(({ values }) => values)).toEqual([['a', 'b', 'c']]);
    const second = ['d', 'e'].map((value) => write(writer, value));
    await settled();
    expect(appender.attempts).toHaveLength(1);
    await appender.current!.answer('ok');
    expect(first.map(({ outcome }) => outcome)).toEqual(
      [0, 1, 2].map((offset) => ({ partition: 0, offset })),
    );
    expect(appender.attempts.map(({ values }) => values)).toEqual([['d', 'e']]);
    await appender.current!.answer('ok');
    expect(second.map(({ outcome }) => outcome)).toEqual([3, 4].map((offset) => ({ partition: 0, offset })));
    expect(writer.pending).toBe(0);
  });

  test('sends no more records at once than it may', async () => {
    const { appender, writer } = createWriter({ maxBatchRecords: 2 });
    for (const value of 'abcde') write(writer, value);
    await settled();
    const sent: string[][] = [];
    while (appender.current) {
      sent.push(appender.current.values);
      await appender.current.answer('ok');
    }
    expect(sent).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('sends no more bytes at once than it may', async () => {
    const { appender, writer } = createWriter({ maxBatchBytes: 10_000 });
    const values = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(4_000));
    for (const value of values) write(writer, value);
    await settled();
    expect(appender.current?.values).toEqual(values.slice(0, 2));
    await appender.current?.answer('ok');
    expect(appender.current?.values).toEqual(values.slice(2));
  });

  test('refuses a record that would never go through, so that it holds up no others', async () => {
    const { appender, writer } = createWriter({ maxBatchBytes: 10_000 });
    const tooLarge = write(writer, 'x'.repeat(10_000));
    const fine = write(writer, 'fine');
    await settled();
    await appender.current?.answer('ok');
    expect(tooLarge.outcome).toBe('not recorded');
    expect(fine.outcome).toEqual({ partition: 0, offset: 0 });
  });

  test('refuses at once what finds the queue full, and takes more when there is room again', async () => {
    const { appender, writer } = createWriter({ maxPending: 2 });
    const taken = [write(writer, 'a'), write(writer, 'b')];
    const refused = write(writer, 'c');
    await settled();
    expect(refused.outcome).toBe('not recorded');
    await appender.current!.answer('ok');
    expect(taken.every(({ outcome }) => typeof outcome === 'object')).toBe(true);
    const later = write(writer, 'd');
    await settled();
    await appender.current!.answer('ok');
    expect(later.outcome).toEqual({ partition: 0, offset: 2 });
    expect(appender.log()).toEqual(['a', 'b', 'd']);
  });

  test('refuses at once what finds the queue full of bytes, and takes more when there is room again', async () => {
    const { appender, writer } = createWriter({ maxPendingBytes: 5_000 });
    const taken = [write(writer, 'a'.repeat(3_000)), write(writer, 'b')];
    const refused = write(writer, 'c'.repeat(500));
    await settled();
    expect(refused.outcome).toBe('not recorded');
    await appender.current!.answer('ok');
    expect(taken.every(({ outcome }) => typeof outcome === 'object')).toBe(true);
    const later = write(writer, 'd'.repeat(3_000));
    await settled();
    await appender.current!.answer('ok');
    expect(later.outcome).toEqual({ partition: 0, offset: 2 });
  });

  test('tells of every acknowledged send', async () => {
    const onSend = jest.fn();
    const { appender, writer } = createWriter({ onSend });
    for (const value of 'abc') write(writer, value);
    await settled();
    await pass(7);
    await appender.current!.answer('ok');
    expect(onSend.mock.calls).toEqual([[3, 7]]);
  });
});

describe('a write whose time is over', () => {
  test('was not recorded when it was never sent', async () => {
    const { appender, writer } = createWriter();
    write(writer, 'hangs');
    await settled();
    const waiting = write(writer, 'waits');
    await pass(TIMEOUT);
    expect(waiting.outcome).toBe('not recorded');
    await appender.current!.answer('ok');
    expect(appender.log()).toEqual(['hangs']);
  });

  test('was not recorded when surely no attempt wrote it', async () => {
    const { appender, writer } = createWriter();
    appender.script = () => 'not appended';
    const written = write(writer, 'a');
    await pass(TIMEOUT);
    expect(written.outcome).toBe('not recorded');
  });

  test('was not recorded when the attempt that is under way has not handed it to the network', async () => {
    const { appender, writer } = createWriter();
    appender.isConnected = false;
    const written = write(writer, 'a');
    await pass(TIMEOUT);
    expect(written.outcome).toBe('not recorded');
  });

  test('is not attempted once more when there is no time for it', async () => {
    const { appender, writer } = createWriter();
    write(writer, 'a');
    await pass(TIMEOUT - 25);
    await appender.current!.answer('not appended');
    await pass(25);
    expect(appender.attempts).toEqual([]);
  });

  test('is given up at the deadline that its caller has set', async () => {
    const { appender, writer } = createWriter();
    appender.script = () => 'not appended';
    const usual = write(writer, 'usual');
    const short = write(writer, 'short', { deadline: performance.now() + 100 });
    await pass(100);
    expect([usual.outcome, short.outcome]).toEqual([undefined, 'not recorded']);
    await pass(TIMEOUT - 100);
    expect(usual.outcome).toBe('not recorded');
  });

  test('may be recorded while an attempt is under way, and a late answer changes nothing', async () => {
    const { appender, writer } = createWriter();
    const written = write(writer, 'a');
    await settled();
    await pass(TIMEOUT);
    expect(written.outcome).toBe('maybe recorded');
    await appender.current!.answer('ok');
    expect(written).toMatchObject({ outcome: 'maybe recorded', times: 1 });
    expect(writer.pending).toBe(0);
  });

  test('may be recorded once an attempt was in doubt, whatever came after', async () => {
    const { appender, writer } = createWriter();
    const written = write(writer, 'a');
    await settled();
    await appender.current!.answer('written, in doubt');
    appender.script = () => 'not appended';
    await pass(TIMEOUT);
    expect(written.outcome).toBe('maybe recorded');
  });

  test('is given up by its own deadline, not that of the ones before it', async () => {
    const { appender, writer } = createWriter();
    appender.script = () => 'not appended';
    const early = write(writer, 'early');
    await pass(TIMEOUT / 2);
    const late = write(writer, 'late');
    await pass(TIMEOUT / 2);
    expect([early.outcome, late.outcome]).toEqual(['not recorded', undefined]);
    await pass(TIMEOUT / 2);
    expect(late.outcome).toBe('not recorded');
  });
});

describe('a write that was not acknowledged', () => {
  test.each(['not appended', 'not written, in doubt', 'written, in doubt'] as const)(
    'is sent again, before those that came later: %s',
    async (behaviour) => {
      const { appender, writer } = createWriter();
      const writes = ['a', 'b'].map((value) => write(writer, value));
      await settled();
      writes.push(write(writer, 'c'));
      await appender.current!.answer(behaviour);
      await pass(20);
      expect(appender.current!.values).toEqual(['a', 'b', 'c']);
      await appender.current!.answer('ok');
      for (const { value, outcome, times } of writes) {
        expect(times).toBe(1);
        expect(appender.log()[(outcome as { offset: number }).offset]).toBe(value);
      }
    },
  );

  test('is tried again after pauses that grow, up to half a second', async () => {
    const { appender, writer } = createWriter({ timeout: 10_000 });
    const times: number[] = [];
    appender.script = () => {
      times.push(performance.now());
      return 'not appended';
    };
    write(writer, 'a');
    await pass(3_000);
    const pauses = times.slice(1).map((time, i) => Math.round(time - times[i]!));
    expect(pauses.slice(0, 7)).toEqual([20, 40, 80, 160, 320, 500, 500]);
  });
});

test('an attempt may take as long as its oldest write may, less a margin in which it is settled', async () => {
  const { appender, writer } = createWriter();
  write(writer, 'a');
  await settled();
  await pass(300);
  write(writer, 'b');
  await appender.current!.answer('not appended');
  await pass(20);
  expect(appender.current!.values).toEqual(['a', 'b']);
  expect(Math.round(appender.current!.timeout)).toBe(TIMEOUT - 300 - 20 - 25);
});

describe('closing', () => {
  test('sends what is queued, refuses what comes later, and closes the appender', async () => {
    const { appender, writer } = createWriter({ maxBatchRecords: 1 });
    const writes = ['a', 'b'].map((value) => write(writer, value));
    await settled();
    const closing = writer.close();
    const refused = write(writer, 'c');
    await appender.current!.answer('ok');
    expect(appender.closed).toBe(false);
    await appender.current!.answer('ok');
    await closing;
    expect(refused.outcome).toBe('not recorded');
    expect(writes.every(({ outcome }) => typeof outcome === 'object')).toBe(true);
    expect(appender.closed).toBe(true);
    expect(appender.log()).toEqual(['a', 'b']);
  });

  test('takes no longer than the deadlines allow', async () => {
    const { appender, writer } = createWriter();
    appender.script = () => 'not appended';
    const written = write(writer, 'a');
    const closing = writer.close();
    await pass(TIMEOUT + 500);
    await closing;
    expect(written.outcome).toBe('not recorded');
  });
});
